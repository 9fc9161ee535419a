use super::*;

/// Without the reason: what reasons there are is told in `reason`.
fn plain(failure: Failure) -> Failure {
    match failure {
        Failure::Refused(refusal) => Failure::refused(refusal.status),
        other => other,
    }
}

#[test]
fn statuses_mean_what_the_vendors_say() {
    let throttled = Failure::Throttled { retry_after_ms: None };
    for (status, body, expected) in [
        (500, "", Failure::Status(500)),
        (503, "<html>", Failure::Status(503)),
        (408, "", Failure::Status(408)),
        (
            429,
            r#"{"detail":{"status":"too_many_concurrent_requests"}}"#,
            throttled,
        ),
        (498, "", throttled),
        (529, "", throttled),
        (400, r#"{"error_code":"concurrency_limited"}"#, throttled),
        (
            401,
            r#"{"detail":{"status":"quota_exceeded"}}"#,
            Failure::QuotaExhausted,
        ),
        (
            429,
            r#"{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#,
            Failure::QuotaExhausted,
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}}"#,
            Failure::QuotaExhausted,
        ),
        (
            403,
            r#"{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported"}}"#,
            Failure::PlaceRefused,
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}"#,
            Failure::PlaceRefused,
        ),
        (
            401,
            r#"{"detail":{"status":"invalid_api_key"}}"#,
            Failure::Credential,
        ),
        (
            400,
            r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]"#,
            Failure::Credential,
        ),
        (402, "", Failure::QuotaExhausted),
        (403, "", Failure::Credential),
        (
            403,
            r#"{"detail":{"status":"only_for_creator+"}}"#,
            Failure::refused(403),
        ),
        (
            400,
            r#"{"error":{"code":"context_length_exceeded"}}"#,
            Failure::refused(400),
        ),
        (404, "", Failure::refused(404)),
        (
            422,
            r#"{"detail":[{"loc":[],"msg":"x","type":"y"}]}"#,
            Failure::refused(422),
        ),
        (302, "", Failure::Status(302)),
    ] {
        assert_eq!(plain(of_status(status, body, None)), expected, "{status} {body}");
    }
}

#[test]
fn silence_is_a_fault_only_where_there_is_a_word_to_say() {
    for text in ["...", "\u{1f642}", "\u{bf}?"] {
        assert_eq!(Failure::Empty.of_saying(text), Failure::refused(400), "{text}");
        assert_eq!(Failure::Cut.of_saying(text), Failure::Cut, "{text}");
    }
    for text in ["Hm.", "7", "\u{306f}\u{3044}"] {
        assert_eq!(Failure::Empty.of_saying(text), Failure::Empty, "{text}");
    }
}

#[test]
fn an_error_inside_a_200_means_what_its_status_would() {
    let throttled = Failure::Throttled { retry_after_ms: None };
    for (data, expected) in [
        (
            r#"{"error":{"message":"x","type":"server_error","code":"internal_error"}}"#,
            Failure::InBand,
        ),
        (r#"{"error":{"message":"x","code":502}}"#, Failure::InBand),
        (r#"{"error":{"message":"x","code":408}}"#, Failure::InBand),
        (r#"{"error":{"message":"x","code":7}}"#, Failure::InBand),
        (r#"{"x_groq":{"error":"over capacity"}}"#, Failure::InBand),
        ("not JSON", Failure::InBand),
        ("[]", Failure::InBand),
        (
            r#"{"error":{"type":"invalid_request_error","code":"tool_use_failed"}}"#,
            Failure::refused(400),
        ),
        (r#"{"error":{"status_code":413}}"#, Failure::refused(413)),
        (r#"{"error":{"code":"content_filter"}}"#, Failure::refused(400)),
        (
            r#"{"error":{"code":403,"message":"moderation"}}"#,
            Failure::refused(403),
        ),
        (r#"{"error":{"code":401}}"#, Failure::refused(401)),
        (r#"{"error":{"code":429}}"#, throttled),
        (
            r#"{"error":{"type":"tokens","code":"rate_limit_exceeded"}}"#,
            throttled,
        ),
        (
            r#"{"type":"error","error":{"type":"overloaded_error"}}"#,
            throttled,
        ),
        (r#"{"type":"error","done":true,"status_code":429}"#, throttled),
    ] {
        assert_eq!(plain(of_event(data)), expected, "{data}");
    }
}

#[test]
fn a_5xx_that_says_when_to_come_back_is_a_failure_that_knows_it() {
    let soon = Failure::Unavailable {
        retry_after_ms: 2_000,
    };
    for status in [500, 502, 503, 504, 599] {
        assert_eq!(of_status(status, "", Some(2_000)), soon, "{status}");
    }
    assert_eq!(soon.for_breaker(), Outcome::Fail);
    assert!(soon.is_worth_another_try());
    assert_eq!(soon.retry_after_ms(), Some(2_000));
    // 501 is for ever, and a client's own mistake is not cured by time.
    assert_eq!(of_status(501, "", Some(2_000)), Failure::Status(501));
    assert_eq!(of_status(404, "", Some(2_000)), Failure::refused(404));
}

#[test]
fn each_failure_has_one_meaning_for_the_breaker() {
    use Failure::*;
    for failure in [
        Connect,
        Timeout(Deadline::First),
        Status(500),
        Cut,
        Empty,
        Unusable,
        InBand,
    ] {
        assert_eq!(failure.for_breaker(), Outcome::Fail, "{failure:?}");
    }
    for failure in [
        Credential,
        Failure::refused(404),
        ClientLeft,
        NotConfigured,
        Status(501),
    ] {
        assert_eq!(failure.for_breaker(), Outcome::Excluded, "{failure:?}");
    }
    let pause = Throttled {
        retry_after_ms: Some(7),
    };
    let expected = Outcome::Throttled {
        retry_after_ms: Some(7),
    };
    assert_eq!(pause.for_breaker(), expected);
}

#[test]
fn only_what_may_pass_at_once_is_tried_again() {
    use Failure::*;
    let again = [Connect, Status(500), Status(503), Status(408), Cut, Empty];
    let not = [
        Timeout(Deadline::First),
        Status(501),
        Status(302),
        Failure::refused(400),
        Credential,
        ClientLeft,
        InBand,
        Unusable,
        Throttled { retry_after_ms: None },
    ];
    assert!(again.into_iter().all(Failure::is_worth_another_try));
    assert!(!not.into_iter().any(Failure::is_worth_another_try));
}
