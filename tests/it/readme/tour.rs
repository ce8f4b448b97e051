//! The README's minute with curl and the tour run as they stand: the shell blocks of each as one bash script, against a
//! node of the test's own.

use std::process::{Command, Stdio};

use super::markdown::{Block, blocks, read};
use crate::support::backend::{Backend, Env};

/// The variables of the scripts that hold the addresses of the public and of the operations listener.
const PUBLIC: (&str, &str) = ("KINDRED", "http://127.0.0.1:8080");
const OPERATIONS: (&str, &str) = ("OPERATIONS", "http://127.0.0.1:9464");
/// Printed between two blocks of a script.
const MARK: &str = "--- end of block";

/// A block of a script and what the document says that it prints.
struct Step {
    script: String,
    expected: Option<String>,
}

fn steps(blocks: Vec<Block>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in blocks {
        match (block.language.as_str(), steps.last_mut()) {
            ("sh", _) => steps.push(Step { script: block.text, expected: None }),
            ("text", Some(step)) => step.expected = Some(block.text),
            (other, _) => panic!("a block of {other:?} between the commands"),
        }
    }
    steps
}

/// Whether `line` is `pattern`, in which `…` stands for anything.
fn matches(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

#[track_caller]
fn assert_prints(step: &Step, printed: &str) {
    let expected = step.expected.as_deref().unwrap_or_default();
    let (wanted, lines): (Vec<_>, Vec<_>) = (expected.lines().collect(), printed.lines().collect());
    let same = wanted.len() == lines.len()
        && wanted.iter().zip(&lines).all(|(pattern, line)| matches(pattern, line));
    assert!(same, "{}\nshould print\n{expected}\nbut prints\n{printed}", step.script);
}

/// The steps as one script, with the address of the node under test in the place of each documented one.
fn script(steps: &[Step], addresses: &[((&str, &str), String)]) -> String {
    let mut script = String::from("set -euo pipefail\n");
    for step in steps {
        script.extend([&step.script, "echo '", MARK, "'\n"]);
    }
    for ((variable, documented), real) in addresses {
        let assignment = format!("{variable}={documented}\n");
        assert_eq!(script.matches(documented).count(), 1, "the script names {documented} once");
        assert!(script.contains(&assignment), "the script defines {variable}");
        script = script.replace(&assignment, &format!("{variable}={real}\n"));
    }
    script
}

async fn assert_runs(document: &str, heading: &str, addresses: &[(&str, &str)]) {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let steps = steps(blocks(&read(document), heading));
    let real = [node.base_url(), node.ops_url()].map(str::to_owned);
    let addresses: Vec<_> = addresses.iter().copied().zip(real).collect();
    let script = script(&steps, &addresses);

    let run = move || Command::new("bash").arg("-c").arg(script).stdin(Stdio::null()).output();
    let output = tokio::task::spawn_blocking(run).await.expect("no panic").expect("bash starts");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    assert_eq!(stderr, "", "nothing is wrong on the way");

    let printed: Vec<&str> = stdout.split(&format!("{MARK}\n")).collect();
    assert_eq!(printed.len(), steps.len() + 1);
    for (step, printed) in steps.iter().zip(printed) {
        assert_prints(step, printed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_minute_with_curl_does_what_it_says() {
    assert_runs("README.md", "## One minute with curl", &[PUBLIC]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tour_does_what_it_says() {
    let heading = "## Five minutes with curl";
    let blocks = blocks(&read("docs/tour.md"), heading).len();
    assert!(blocks > 20, "the tour has only {blocks} blocks");
    assert_runs("docs/tour.md", heading, &[PUBLIC, OPERATIONS]).await;
}

#[test]
fn an_ellipsis_stands_for_anything() {
    assert!(matches("a…c", "abc") && matches("…", "") && matches("a…b…", "axbx") && matches("ab", "ab"));
    assert!(!matches("a…c", "abd") && !matches("a", "ab") && !matches("a…x…b", "ab"));
}
