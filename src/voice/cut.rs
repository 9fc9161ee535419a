//! Cutting a stream of text into phrases that sound right when spoken one after another.
