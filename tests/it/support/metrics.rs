//! Reading metrics as Prometheus does: from the operations listener, in the text format.

use std::collections::BTreeSet;

use super::client::Client;
use super::process::Node;

/// The value of the one sample with this name and at least these labels; 0 where there is none yet,
/// since a counter with labels appears with its first event.
///
/// Samples that differ in the generation of cookies only are added up.
///
/// # Panics
/// When several samples match: name more labels.
pub async fn metric(node: &Node, name: &str, labels: &[(&str, &str)]) -> f64 {
    metric_at(node.ops_url(), name, labels).await
}

/// [`metric`] of whatever has its operations listener at this URL.
pub async fn metric_at(ops_url: &str, name: &str, labels: &[(&str, &str)]) -> f64 {
    read(&page_at(ops_url).await, name, labels)
}

/// All metrics at this moment, for [`read`].
pub async fn page_at(ops_url: &str) -> String {
    let page = Client::new(ops_url).get("/metrics").await;
    assert_eq!(page.status, 200, "{page:?}");
    page.body.as_str().expect("text").to_owned()
}

/// As [`metric`], from a page.
pub fn read(page: &str, name: &str, labels: &[(&str, &str)]) -> f64 {
    let wanted: Vec<String> = labels.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
    let matches = |sample: &&str| {
        let (head, _) = sample.rsplit_once(' ').unwrap_or((sample, ""));
        let (found, set) = head.split_once('{').unwrap_or((head, "}"));
        let set: Vec<&str> = set.trim_end_matches('}').split(',').collect();
        found == name && wanted.iter().all(|label| set.contains(&label.as_str()))
    };
    let samples: Vec<&str> = page.lines().filter(|line| !line.starts_with('#')).filter(matches).collect();
    let same = samples.iter().map(|sample| without_generation(sample)).collect::<BTreeSet<_>>().len() <= 1;
    assert!(same, "{name} {labels:?} is ambiguous: {samples:?}");
    let value = |sample: &&str| sample.rsplit_once(' ').and_then(|(_, value)| value.parse::<f64>().ok());
    samples.iter().map(|sample| value(sample).expect("a number")).sum()
}

/// The name and the labels of a sample.
fn without_generation(sample: &str) -> String {
    let (head, _) = sample.rsplit_once(' ').unwrap_or((sample, ""));
    let labels = head.split(['{', ',', '}']).filter(|label| !label.starts_with("generation="));
    labels.collect::<Vec<_>>().join(",")
}

#[test]
fn one_sample_is_read() {
    let page = "# TYPE a counter\na{outcome=\"rotated\",x=\"1\"} 3\na{outcome=\"replay\",x=\"1\"} 2\nb 0.5\n";
    assert_eq!(read(page, "a", &[("outcome", "rotated")]), 3.0);
    assert_eq!(read(page, "a", &[("outcome", "replay"), ("x", "1")]), 2.0);
    assert_eq!(read(page, "a", &[("outcome", "none")]), 0.0);
    assert_eq!(read(page, "b", &[]), 0.5);
}

#[test]
fn generations_are_added_up() {
    let page = "a{generation=\"none\",x=\"1\"} 3\na{generation=\"current\",x=\"1\"} 4\n";
    assert_eq!(read(page, "a", &[("x", "1")]), 7.0);
    assert_eq!(read(page, "a", &[("x", "1"), ("generation", "current")]), 4.0);
}

#[test]
#[should_panic(expected = "ambiguous")]
fn two_samples_are_refused() {
    read("a{x=\"1\"} 3\na{x=\"2\"} 2\n", "a", &[]);
}
