//! The command line of `scripts/bench`.

use std::time::Duration;

use crate::Result;
use crate::check::Check;

const USAGE: &str = "\
Usage: scripts/bench [SECTION…] [OPTIONS]
       scripts/bench check [OPTIONS]
       scripts/bench check --store | --rehearse [SECTION…] [OPTIONS]

Sections (default: all): refresh  verify  login  steady  memory  second-factor
                         throttle  browser  tls  middleware  slow  enumeration
                         csrf  tracing  keys  propagation  nodes  failover

check measures refresh, verify, login, csrf and memory, and fails if one has become
much worse than the figures in benches/load/figures.toml:
  --store              writes the measured figures there instead: all, or those of the
                       sections that are named; the others stay
  --rehearse           measures any build, and judges nothing

Options:
  --seconds N          length of each measurement (default 10)
  --clients N,N,…      client counts of the refresh section (default 1,8,64,512)
  --families N         families of the memory section (default 200000)
  --backend B          sqlite, postgres or both (default both)
  --debug-build        measure although this is a debug build: to see that the sections run";

const SECTIONS: [&str; 18] = [
    "refresh",
    "verify",
    "login",
    "steady",
    "memory",
    "second-factor",
    "throttle",
    "browser",
    "tls",
    "middleware",
    "slow",
    "enumeration",
    "csrf",
    "tracing",
    "keys",
    "propagation",
    "nodes",
    "failover",
];

/// What `check` needs less of than a whole run.
const CHECKED_CLIENTS: usize = 64;
const CHECKED_FAMILIES: usize = 50_000;

#[derive(Debug)]
pub struct Options {
    pub sections: Vec<String>,
    pub duration: Duration,
    pub clients: Vec<usize>,
    pub families: usize,
    pub sqlite: bool,
    pub postgres: bool,
    /// Whether a debug build measures, too.
    pub debug_build: bool,
    pub check: Option<Check>,
}

impl Options {
    /// Parses `arguments` (without the program's name).
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            sections: Vec::new(),
            duration: Duration::from_secs(10),
            clients: vec![1, 8, 64, 512],
            families: 200_000,
            sqlite: true,
            postgres: true,
            debug_build: false,
            check: None,
        };
        let mut arguments = arguments.into_iter();
        let (mut clients, mut families) = (None, None);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--seconds" => options.duration = Duration::from_secs(positive(&value()?)? as u64),
                "--clients" => clients = Some(value()?.split(',').map(positive).collect::<Result<_>>()?),
                "--families" => families = Some(positive(&value()?)?),
                "check" => options.check = options.check.or(Some(Check::Judge)),
                "--store" => options.check = Some(Check::Store),
                "--rehearse" => options.check = Some(Check::Rehearse),
                "--backend" => {
                    let backend = value()?;
                    options.sqlite = matches!(backend.as_str(), "sqlite" | "both");
                    options.postgres = matches!(backend.as_str(), "postgres" | "both");
                    if !options.sqlite && !options.postgres {
                        return Err(format!("unknown backend {backend}").into());
                    }
                }
                "--debug-build" => options.debug_build = true,
                "--help" | "-h" => return Err(USAGE.into()),
                "--bench" => {} // what `cargo bench` adds to every bench target
                section if SECTIONS.contains(&section) => options.sections.push(argument),
                _ => return Err(format!("unknown argument {argument}\n{USAGE}").into()),
            }
        }
        if let Some(check) = options.check {
            options.sections =
                check.sections(options.sections).map_err(|error| format!("{error}\n{USAGE}"))?;
            (options.clients, options.families) = (vec![CHECKED_CLIENTS], CHECKED_FAMILIES);
        } else if options.sections.is_empty() {
            options.sections = SECTIONS.map(String::from).to_vec();
        }
        options.clients = clients.unwrap_or(options.clients);
        options.families = families.unwrap_or(options.families);
        Ok(options)
    }

    /// The length of the warm-up before each measurement.
    pub fn warm_up(&self) -> Duration {
        self.duration.min(Duration::from_secs(2))
    }

    pub fn wants(&self, section: &str) -> bool {
        self.sections.iter().any(|wanted| wanted == section)
    }
}

fn positive(text: &str) -> Result<usize> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{text} is not a positive number").into()),
    }
}
