//! x
use super::{error::ApiError, reply::Reply, serve::Exchange};
pub async fn speak(_exchange: Exchange) -> Result<Reply, ApiError> {
    Err(ApiError::new(501, "not built"))
}
