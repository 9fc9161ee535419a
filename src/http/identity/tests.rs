use super::*;

fn config(pairs: &'static [(&'static str, &'static str)]) -> Config {
    Config::from_lookup(&|name| {
        pairs
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, v)| (*v).to_owned())
    })
    .unwrap()
}

fn person_of(caller: &Caller, names: [Option<&str>; 2]) -> Result<Option<String>, ApiError> {
    caller.person(Auth::Required, names)
}

const REQUIRED: &[(&str, &str)] = &[("API_KEYS", "k1, k2"), ("SESSION_SECRET", "s3cret")];

#[test]
fn required_without_keys_is_closed_to_everyone() {
    let error = caller(&config(&[]), Some("Bearer x"), 0).unwrap_err();
    assert_eq!(error.status(), 503);
    assert!(error.message.contains("API_KEYS"), "{}", error.message);
}

#[test]
fn keys_open_and_anything_else_does_not() {
    let config = config(REQUIRED);
    assert_eq!(caller(&config, Some("Bearer k2"), 0), Ok(Caller::Server));
    assert_eq!(caller(&config, Some("bearer  k1"), 0), Ok(Caller::Server));
    for header in [
        None,
        Some(""),
        Some("Bearer "),
        Some("Bearer k"),
        Some("Bearer k1,"),
        Some("Basic k1"),
        Some("k1"),
    ] {
        assert_eq!(
            caller(&config, header, 0).unwrap_err().status(),
            401,
            "{header:?}"
        );
    }
}

#[test]
fn a_key_may_be_kept_as_its_digest_beside_the_next_one() {
    // The digest of "k1", as `printf %s k1 | sha256sum` gives it.
    const DIGEST: &str = "sha256:46d2a48dd0a9b9de6c84bd97c9d26c3a1a0f2a5e4d3e0d3e4b7a4f3c1bb1f9de";
    let hashed = format!("sha256:{}", crate::wire::hex::hex(&Sha256::digest("k1")));
    assert_eq!(hashed.len(), DIGEST.len());
    let lookup = |name: &str| match name {
        "API_KEYS" => Some(format!("{hashed}, k2")),
        _ => None,
    };
    let config = Config::from_lookup(&lookup).unwrap();
    for (credential, is_known) in [
        ("k1", true),
        ("k2", true),
        ("k3", false),
        (hashed.as_str(), false),
    ] {
        let caller = caller(&config, Some(&format!("Bearer {credential}")), 0);
        assert_eq!(caller.is_ok(), is_known, "{credential}");
    }
    for wrong in [
        "sha256:",
        "sha256:46d2",
        &format!("{DIGEST}00"),
        &DIGEST.replace('4', "g"),
    ] {
        let lookup = |name: &str| (name == "API_KEYS").then(|| format!("k1, {wrong}"));
        let error = Config::from_lookup(&lookup).err().unwrap().to_string();
        assert!(
            error.starts_with("API_KEYS ") && !error.contains("46d2"),
            "{error}"
        );
    }
}

#[test]
fn a_token_says_when_it_was_made_and_opens_nothing_for_another_audience() {
    let config = config(REQUIRED);
    let made = |token: &str| issued_at_ms(Some(&format!("Bearer {token}")));
    let good = sign("s3cret", "ann", 7, 100).unwrap();
    assert_eq!((made(&good), made("k1"), made("hk1.x")), (Some(7), None, None));
    let signed = |payload: &str| signed::sign("s3cret", "hk1.", payload.as_bytes()).unwrap();
    let opens = |token: &str| caller(&config, Some(&format!("Bearer {token}")), 1).is_ok();
    let old = signed(r#"{"u":"ann","e":100}"#);
    assert_eq!((opens(&old), made(&old)), (true, Some(0)));
    assert!(opens(&signed(r#"{"u":"ann","e":100,"i":1,"a":"session"}"#)));
    assert!(!opens(&signed(r#"{"u":"ann","e":100,"i":1,"a":"realtime"}"#)));
    assert!(!opens(&signed(r#"{"u":"ann","e":100,"i":1,"a":7}"#)));
}

#[test]
fn a_token_is_one_person_until_it_expires() {
    let config = config(REQUIRED);
    let token = format!("Bearer {}", sign("s3cret", "ann", 7, 100).unwrap());
    let caller_at = |now_s| caller(&config, Some(&token), now_s);
    assert_eq!(caller_at(99), Ok(Caller::Person("ann".into())));
    assert!(caller_at(100).unwrap_err().message.contains("expired"));
    assert_eq!(
        person_of(&caller_at(99).unwrap(), [Some("bob"), None]).unwrap(),
        Some("ann".into())
    );
}

#[test]
fn on_a_laptop_everyone_is_let_in_and_a_token_is_its_person() {
    let config = config(&[("AUTH", "local")]);
    for header in [None, Some("Bearer x"), Some("Basic x")] {
        assert_eq!(caller(&config, header, 0), Ok(Caller::Server), "{header:?}");
    }
    let token = sign(session_secret(&config).unwrap(), "ann", 7, 100).unwrap();
    let header = format!("Bearer {token}");
    assert_eq!(
        caller(&config, Some(&header), 99),
        Ok(Caller::Person("ann".into()))
    );
    assert_eq!(caller(&config, Some(&header), 100).unwrap_err().status(), 401);
}

#[test]
fn a_token_of_another_secret_or_with_a_changed_byte_is_refused() {
    let config = config(REQUIRED);
    let good = sign("s3cret", "ann", 7, 100).unwrap();
    let mut tokens = vec![
        sign("other", "ann", 7, 100).unwrap(),
        "hk1.".into(),
        "hk1..".into(),
        "hk1.e30.AAAA".into(),
    ];
    for index in 4..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        tokens.push(String::from_utf8(bytes).unwrap());
    }
    for token in tokens {
        // The last character of a tag carries unused bits; a strict decoder refuses those, too.
        assert_eq!(
            caller(&config, Some(&format!("Bearer {token}")), 1)
                .unwrap_err()
                .status(),
            401,
            "{token}"
        );
    }
}

#[test]
fn a_name_that_lost_its_bytes_on_the_way_is_nobody() {
    for name in ["Jos\u{fffd}", "\u{fffd}", &"x".repeat(PERSON_BYTES_MAX + 1)] {
        for names in [[Some(name), None], [None, Some(name)]] {
            let error = person_of(&Caller::Server, names).unwrap_err();
            assert_eq!(
                (error.status(), error.param.as_deref()),
                (400, Some("user")),
                "{name}"
            );
        }
    }
}

#[test]
fn a_request_is_about_the_first_name_that_says_something() {
    for (names, required, local) in [
        ([Some("José"), Some("ann")], Some("José"), "José"),
        ([Some(""), Some("ann")], Some("ann"), "ann"),
        ([Some("  "), Some("ann")], Some("ann"), "ann"),
        ([None, Some("ann")], Some("ann"), "ann"),
        ([Some("bob"), Some("")], Some("bob"), "bob"),
        ([None, None], None, LOCAL_PERSON),
        ([Some(" "), Some("")], None, LOCAL_PERSON),
    ] {
        assert_eq!(
            person_of(&Caller::Server, names).unwrap().as_deref(),
            required,
            "{names:?}"
        );
        let alone = Caller::Server.person(Auth::Local, names).unwrap();
        assert_eq!(alone.as_deref(), Some(local), "{names:?}");
        let token = Caller::Person("eve".into());
        assert_eq!(
            person_of(&token, names).unwrap().as_deref(),
            Some("eve"),
            "{names:?}"
        );
    }
}

#[test]
fn a_session_is_asked_for_with_a_person_and_a_sane_life() {
    assert_eq!(
        session_ask(r#"{"user":"ann"}"#).unwrap(),
        SessionAsk {
            user: "ann".into(),
            ttl_s: 3_600,
            turnstile: None,
        }
    );
    assert_eq!(session_ask(r#"{"user":"a","ttl_seconds":60}"#).unwrap().ttl_s, 60);
    for (body, param) in [
        ("x", None),
        ("{}", Some("user")),
        (r#"{"user":""}"#, Some("user")),
        (r#"{"user":" "}"#, Some("user")),
        ("{\"user\":\"Jos\u{fffd}\"}", Some("user")),
        (r#"{"user":"a","ttl_seconds":0}"#, Some("ttl_seconds")),
        (r#"{"user":"a","ttl_seconds":"60"}"#, Some("ttl_seconds")),
    ] {
        assert_eq!(session_ask(body).unwrap_err().param.as_deref(), param, "{body}");
    }
}
