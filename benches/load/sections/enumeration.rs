//! Whether the time of an answer tells who has an account.

use std::fmt::Write;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use crate::Result;
use crate::backend::Backend;
use crate::http::{Connection, Endpoint, post_json};
use crate::mann_whitney::two_sided_p;
use crate::report::{Report, Row, Target};
use crate::rounds::Measurement;

/// Pairs of each kind of request that count.
const SAMPLES: usize = 300;
/// Pairs before them: connections and pools fill.
const WARM_UP: usize = 20;
/// After each request. Mails are written after the answer, more of them for known addresses: the next
/// request must not pay for that.
const PAUSE: Duration = Duration::from_millis(30);
const PATIENCE: Duration = Duration::from_secs(30);

/// What Argon2id costs: KiB and passes. The cheapest hash hides the least.
const COSTS: [(&str, &str, &str); 2] =
    [("enumeration_cheap", "8", "1"), ("enumeration_default", "19456", "2")];

/// A kind of request that names an address, and the answer to it.
struct Kind {
    name: &'static str,
    path: &'static str,
    with_password: bool,
    status: u16,
}

const KINDS: [Kind; 3] = [
    Kind { name: "login", path: "/api/v1/auth/login", with_password: true, status: 401 },
    Kind { name: "register", path: "/api/v1/auth/register", with_password: true, status: 202 },
    Kind { name: "forgot", path: "/api/v1/auth/password/forgot", with_password: false, status: 202 },
];

/// Latencies in microseconds.
#[derive(Default)]
struct Pairs {
    known: Vec<u32>,
    unknown: Vec<u32>,
}

pub async fn run(backend: &Backend, report: &mut Report) -> Result<()> {
    for (section, memory_kib, iterations) in COSTS {
        // An account of its own for each pair, verified, so that no count of failures and no quota comes in.
        backend.import(section, &accounts(memory_kib, iterations)?).await?;
        let settings = [
            ("KINDRED_ACCOUNTS__EMAIL_VERIFICATION", "required"),
            ("KINDRED_PASSWORD__MEMORY_KIB", memory_kib),
            ("KINDRED_PASSWORD__ITERATIONS", iterations),
        ];
        let server = backend.server(section, &settings).await?;
        let pairs = measure(&server.endpoint).await?;
        for (kind, pairs) in KINDS.iter().zip(pairs) {
            let what = format!("{} at {memory_kib} KiB × {iterations}", kind.name);
            add_rows(report, backend.name, &what, pairs);
        }
    }
    Ok(())
}

fn known(number: usize) -> String {
    format!("known-{number:03}@load.example")
}

/// As many characters as the known one has.
fn unknown(kind: &Kind, number: usize) -> String {
    format!("{:.5}-{number:03}@load.example", format!("{}-----", kind.name))
}

/// Lines to import, with hashes of the costs that the server has: of no password, so all are wrong.
fn accounts(memory_kib: &str, iterations: &str) -> Result<String> {
    let hash = format!(
        "$argon2id$v=19$m={memory_kib},t={iterations},p=1\
         $c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
    );
    let mut lines = String::new();
    for number in 0..WARM_UP + SAMPLES {
        let email = known(number);
        writeln!(lines, r#"{{"email":"{email}","email_verified":true,"password_hash":"{hash}"}}"#)?;
    }
    Ok(lines)
}

async fn measure(endpoint: &Endpoint) -> Result<[Pairs; KINDS.len()]> {
    let mut connection = Connection::open(endpoint).await?;
    let mut pairs: [Pairs; KINDS.len()] = Default::default();
    for number in 0..WARM_UP + SAMPLES {
        for (kind, pairs) in KINDS.iter().zip(&mut pairs) {
            // In turns, so that each side comes second equally often.
            let known_first = number % 2 == 0;
            for is_known in [known_first, !known_first] {
                let email = if is_known { known(number) } else { unknown(kind, number) };
                let latency = time(&mut connection, kind, &email).await?;
                let sample = if is_known { &mut pairs.known } else { &mut pairs.unknown };
                if number >= WARM_UP {
                    sample.push(latency);
                }
            }
        }
    }
    Ok(pairs)
}

async fn time(connection: &mut Connection, kind: &Kind, email: &str) -> Result<u32> {
    let password = if kind.with_password { r#","password":"violet-harbour 41 trellis""# } else { "" };
    let request = post_json(kind.path, &format!(r#"{{"email":"{email}"{password}}}"#));
    let start = Instant::now();
    timeout(PATIENCE, connection.exchange(&request)).await??.expect(kind.status)?;
    let latency = start.elapsed().as_micros() as u32;
    sleep(PAUSE).await;
    Ok(latency)
}

/// The medians with their ratio, and whether the samples differ at all.
fn add_rows(report: &mut Report, backend: &'static str, what: &str, pairs: Pairs) {
    let values = |sample: &[u32]| sample.iter().copied().map(f64::from).collect::<Vec<f64>>();
    let p = two_sided_p(&values(&pairs.known), &values(&pairs.unknown));
    let [known, unknown] =
        [pairs.known, pairs.unknown].map(|sample| Measurement::new(Duration::ZERO, sample));
    let ratio = known.percentile(50) / unknown.percentile(50);

    let mut row = Row::new(backend, format!("{what}, known address"));
    row.clients = "1".to_owned();
    row.p50 = format!("{:.2}", known.percentile(50));
    row.p99 = format!("{:.2}", known.percentile(99));
    row.beside = format!("unknown address: p50 {:.2} ms", unknown.percentile(50));
    row.ratio = format!("{ratio:.3}×");
    // Whichever is slower: the target is the same on both sides.
    report.add(row.judged(ratio.max(1.0 / ratio), Target::AtMost(1.05)));

    let mut row = Row::new(backend, format!("{what}, p-value"));
    row.measured = format!("{p:.4}");
    report.add(row.judged(p, Target::AtLeast(0.01)));
}
