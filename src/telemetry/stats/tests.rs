use super::*;

const NOW_MS: u64 = 1_700_000_123_456;

fn slot(window: StatsWindow, back: u64, fill: impl Fn(&mut Figures)) -> String {
    let mut figures = Figures::new();
    fill(&mut figures);
    let at_ms = (NOW_MS / window.slot_ms() - back) * window.slot_ms();
    format!("@{at_ms}\n{}", figures.text())
}

fn document(stats: &Stats) -> Value {
    stats.document(StatsWindow::Hour, NOW_MS, "2026-11-28", json!([]))
}

fn rating(name: &str, durations: &[f64]) -> String {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let mut stats = Stats::default();
    stats.absorb_slots(&slot(StatsWindow::Hour, 0, |figures| {
        for ms in durations {
            figures.observe(target.family, &[], *ms);
        }
    }));
    let document = document(&stats);
    let rows = document["targets"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == name).unwrap();
    assert_eq!(row["count"], durations.len());
    row["rating"].as_str().unwrap().to_owned()
}

#[test]
fn six_targets_are_there_before_anything_has_happened() {
    let document = document(&Stats::default());
    let names: Vec<&str> = document["targets"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["name"].as_str())
        .collect();
    let expected = [
        "memory_extraction",
        "memory_retrieval",
        "transcription",
        "synthesis",
        "turn",
        "phrase_hit_ratio",
    ];
    assert_eq!(names, expected);
    for row in document["targets"].as_array().unwrap() {
        assert_eq!((&row["rating"], &row["p95"]), (&json!("none"), &Value::Null));
        assert!(row["target"].as_f64() > Some(0.0) && row["stretch"].as_f64() > Some(0.0));
    }
    assert_eq!(document["trend"].as_array().unwrap().len(), 12);
    let last = document["trend"].as_array().unwrap().last().unwrap()["at"]
        .as_u64()
        .unwrap();
    assert!(last * 1_000 <= NOW_MS && NOW_MS < last * 1_000 + SLOT_MS);
}

#[test]
fn ratings_go_by_the_95th_and_the_middle() {
    assert_eq!(rating("turn", &[2_000.0; 20]), "green");
    assert_eq!(
        rating("turn", &[vec![500.0; 18], vec![2_001.0; 2]].concat()),
        "amber"
    );
    assert_eq!(rating("turn", &[2_001.0; 3]), "red");
    assert_eq!(rating("memory_retrieval", &[50.0]), "green");
    assert_eq!(rating("memory_retrieval", &[51.0]), "red");
}

#[test]
fn hits_are_a_share_of_the_look_ups_and_rated() {
    let of = |hits: f64, misses: f64| {
        let mut stats = Stats::default();
        stats.absorb_slots(&slot(StatsWindow::Hour, 1, |figures| {
            figures.add(&CACHE_LOOKUPS, &["phrase", "isolate", "hit"], hits / 2.0);
            figures.add(&CACHE_LOOKUPS, &["phrase", "store", "hit"], hits / 2.0);
            figures.add(&CACHE_LOOKUPS, &["phrase", "store", "miss"], misses);
            figures.add(&CACHE_LOOKUPS, &["recall", "store", "miss"], 100.0);
        }));
        let row = document(&stats)["targets"][5].clone();
        (
            row["p50"].as_f64().unwrap(),
            row["rating"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(of(90.0, 10.0), (0.9, "green".to_owned()));
    assert_eq!(of(80.0, 20.0), (0.8, "amber".to_owned()));
    assert_eq!(of(70.0, 30.0), (0.7, "red".to_owned()));
}

#[test]
fn objects_add_up_and_slots_have_their_place() {
    let mut stats = Stats::default();
    let one = |figures: &mut Figures| {
        figures.add(&REQUESTS, &["/v1/models", "200"], 3.0);
        figures.add(&COST, &["chat", "groq", "m"], 0.25);
        figures.observe(&PROVIDER_FIRST, &["chat", "groq", "m"], 90.0);
        figures.observe(&STEP_DURATION, &["recall"], 10.0);
        figures.observe(&STEP_DURATION, &["reply"], 300.0);
        figures.observe(&TURN_DURATION, &["text"], 300.0);
    };
    let text = slot(StatsWindow::Hour, 3, one) + &slot(StatsWindow::Hour, 0, one);
    stats.absorb_slots(&text);
    stats.absorb_slots(&slot(StatsWindow::Hour, 3, one));
    stats.absorb_now(
        "hearken_requests_in_flight\t4\nhearken_requests\t1000\nhearken_people_active\t0\t3:1,9:1\n",
    );
    let document = document(&stats);
    let requests: Vec<f64> = document["trend"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|point| point["requests"].as_f64())
        .collect();
    assert_eq!(
        requests,
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 6.0, 0.0, 0.0, 3.0]
    );
    assert_eq!(document["steps"][0]["name"], "reply");
    assert_eq!(document["providers"][0]["cost_usd"], 0.75);
    assert_eq!(document["providers"][0]["first"]["count"], 3);
    assert_eq!(document["cost"]["usd_per_turn"], 0.25);
    assert_eq!(document["traffic"]["requests"], 9.0);
    assert_eq!(document["traffic"]["in_flight"], 4.0);
    assert_eq!(document["traffic"]["people_active"], 2.0);
}
