//! What a reader must know to judge the table: machine, versions, date and command.

use std::fs::read_to_string;
use std::process::Command;

/// The lines above the table; `database` names the versions of the databases in the run.
pub fn header(databases: &str) -> String {
    let cpu = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let memory = read_to_string("/proc/meminfo").unwrap_or_default();
    let kibibytes = memory.split_whitespace().nth(1).and_then(|size| size.parse::<f64>().ok());
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let server = std::env::var("KINDRED_BENCH_SERVER").unwrap_or_default();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!(
        "{cores} cores of {model}, {memory:.1} GiB of memory, Linux {kernel}\n\
         {version} (revision {revision}), {rust}, {databases}\n\
         {date}: `{command}`\n",
        cores = std::thread::available_parallelism().map_or(0, usize::from),
        model = model.trim_start_matches([' ', '\t', ':']),
        memory = kibibytes.unwrap_or_default() / 1024.0 / 1024.0,
        kernel = kernel.trim(),
        version = said_by(&server, &["--version"]),
        revision = said_by("git", &["describe", "--always", "--dirty"]),
        rust = said_by("rustc", &["--version"]),
        date = said_by("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        command = format!("scripts/bench {}", arguments.join(" ")).trim(),
    )
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_string(),
        _ => "unknown".to_string(),
    }
}
