//! What lets visitors of the page in who have no key: `TURNSTILE_SITE_KEY`, `TURNSTILE_SECRET_KEY`.

use super::vars::Vars;

/// Cloudflare's check that a visitor is no program.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub struct Turnstile {
    /// For the page.
    pub site_key: String,
    /// For verifying; a secret.
    pub secret_key: String,
    /// Where answers to challenges are verified.
    pub verify_url: String,
}

impl Turnstile {
    pub(super) fn read(vars: Vars) -> Option<Turnstile> {
        let (site_key, secret_key) = (vars.get("TURNSTILE_SITE_KEY"), vars.get("TURNSTILE_SECRET_KEY"));
        let base_url = vars.get("TURNSTILE_BASE_URL");
        let base_url = base_url.as_deref().unwrap_or("https://challenges.cloudflare.com");
        match (site_key, secret_key) {
            (Some(site_key), Some(secret_key)) => {
                return Some(Turnstile {
                    site_key,
                    secret_key,
                    verify_url: format!("{base_url}/turnstile/v0/siteverify"),
                });
            }
            (None, None) => {}
            (Some(_), None) => vars.refuse(
                "TURNSTILE_SECRET_KEY",
                "must be set where TURNSTILE_SITE_KEY is".to_owned(),
            ),
            (None, Some(_)) => vars.refuse(
                "TURNSTILE_SITE_KEY",
                "must be set where TURNSTILE_SECRET_KEY is".to_owned(),
            ),
        }
        None
    }
}
