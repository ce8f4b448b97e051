//! SQL past the server under test, with what `psql` would print. The statements travel over PostgreSQL's simple query
//! protocol, because starting a program for each of them would take longer than most of them run.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;

/// The protocol's version 3.0, as a client asks for it.
const VERSION: u32 = 3 << 16;

/// Runs SQL and returns the rows, one a line, columns parted by `|`. Several statements run in one transaction.
///
/// # Panics
/// When the SQL fails; the message carries PostgreSQL's.
pub fn psql(url: &str, sql: &str) -> String {
    let mut connection = Connection::open(url);
    let rows = connection.run(sql);
    connection.close();
    rows
}

/// Runs statements that PostgreSQL refuses within a transaction, one after the other.
///
/// # Panics
/// When one fails.
pub fn psql_each(url: &str, statements: &[String]) {
    let mut connection = Connection::open(url);
    for statement in statements {
        connection.run(statement);
    }
    connection.close();
}

/// Ends every other connection to the database of `url`, and tells how many there were.
pub fn terminate_backends(url: &str) -> usize {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    psql(url, sql).parse().expect("a count")
}

/// A connection without TLS to a cluster that asks for no password.
struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn open(url: &str) -> Connection {
        let (address, database) = place(url);
        let stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{url}: {error}"));
        stream.set_nodelay(true).expect("a socket");
        let mut connection = Connection { stream: BufReader::new(stream) };
        let mut startup = VERSION.to_be_bytes().to_vec();
        // Pairs of names and values; an empty name ends them.
        for word in ["user", "postgres", "database", database, ""] {
            startup.extend_from_slice(word.as_bytes());
            startup.push(0);
        }
        connection.send(&[], &startup);
        connection.answer().unwrap_or_else(|error| panic!("{url}: {error}"));
        connection
    }

    fn run(&mut self, sql: &str) -> String {
        self.send(b"Q", &[sql.as_bytes(), b"\0"].concat());
        let rows = self.answer().unwrap_or_else(|error| panic!("{sql}\n{error}"));
        rows.join("\n").trim_end().to_owned()
    }

    /// Ends the connection and waits until the server's process is gone, so that no later statement sees it.
    fn close(mut self) {
        self.send(b"X", &[]);
        let mut rest = Vec::new();
        // A connection that is reset is closed as well.
        let _ = self.stream.read_to_end(&mut rest);
    }

    /// Sends a message: its kind, its length, its content. A failure shows when the answer is read.
    fn send(&self, kind: &[u8], content: &[u8]) {
        let length = u32::try_from(content.len() + 4).expect("a short message");
        let message = [kind, &length.to_be_bytes(), content].concat();
        let _ = self.stream.get_ref().write_all(&message);
    }

    /// The rows up to the moment when the server is ready for the next statement, or what it complains about.
    fn answer(&mut self) -> Result<Vec<String>, String> {
        let mut rows = Vec::new();
        let mut fault = None;
        loop {
            let (kind, content) = match self.message() {
                Ok(message) => message,
                Err(error) => return Err(fault.unwrap_or_else(|| error.to_string())),
            };
            match kind {
                b'D' => rows.push(row(&content)),
                b'E' => fault = Some(complaint(&content)),
                b'R' if content != [0; 4] => return Err("the cluster asks for a password".to_owned()),
                b'G' => return Err("the statement waits for rows to copy".to_owned()),
                b'Z' => return fault.map_or(Ok(rows), Err),
                _ => {}
            }
        }
    }

    /// The next message: its kind and its content.
    fn message(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let length = usize::try_from(u32::from_be_bytes(length)).expect("64 bits");
        let mut content = vec![0; length.saturating_sub(4)];
        self.stream.read_exact(&mut content)?;
        Ok((kind, content))
    }
}

/// Address and database of `postgres://postgres@ADDRESS/DATABASE`.
fn place(url: &str) -> (&str, &str) {
    let parts = url.strip_prefix("postgres://postgres@").and_then(|rest| rest.split_once('/'));
    let (address, database) = parts.unwrap_or_else(|| panic!("no cluster of the tests: {url}"));
    (address, database.split('?').next().unwrap_or(database))
}

/// A row: a count of columns, then length and text of each; the length of NULL is −1.
fn row(content: &[u8]) -> String {
    let mut rest = content.get(2..).unwrap_or_default();
    let mut columns = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
        let (value, behind) = behind.split_at(length);
        columns.push(String::from_utf8_lossy(value));
        rest = behind;
    }
    columns.join("|")
}

/// Severity, code, message and detail of an error.
fn complaint(content: &[u8]) -> String {
    let fields = content.split(|byte| *byte == 0);
    let told = fields.filter(|field| matches!(field.first(), Some(b'S' | b'C' | b'M' | b'D')));
    told.map(|field| String::from_utf8_lossy(&field[1..])).collect::<Vec<_>>().join(" ")
}

#[test]
fn places_are_read_from_urls() {
    assert_eq!(place("postgres://postgres@127.0.0.1:54/test_1"), ("127.0.0.1:54", "test_1"));
    assert_eq!(place("postgres://postgres@127.0.0.1:54/test_1?sslmode=require"), ("127.0.0.1:54", "test_1"));
}

#[test]
fn rows_are_texts_and_errors_have_their_code() {
    assert_eq!(row(b"\0\x03\0\0\0\x02ab\xff\xff\xff\xff\0\0\0\x01c"), "ab||c");
    assert_eq!(complaint(b"SERROR\0VERROR\0C42P01\0Mno such table\0P15\0\0"), "ERROR 42P01 no such table");
}
