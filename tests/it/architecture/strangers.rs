//! Work for clients that are not signed in begins when it is their turn (`AppState::run_for_stranger`).

use super::source::{Source, assert_none, sources};

/// What declares a handler.
const VERBS: &[&str] = &["get", "head", "post", "put", "patch", "delete", "route"];

/// They answer before they look anything up, and have a background queue of their own.
const ANSWER_FIRST: &[&str] = &["forgot", "resend"];

/// They wait for an identity provider, and take a place among those who do: a slow provider must hold up no one else.
const WAIT_FOR_PROVIDERS: &[&str] = &["start", "callback", "log_out"];
const FEDERATION: &str = "src/http/auth/federation";

/// The name and the texts of each handler in the file, from its attribute to its last brace.
fn handlers(source: &Source) -> Vec<(&str, Vec<&str>)> {
    let texts: Vec<&str> = source.tokens.iter().map(|token| token.text.as_str()).collect();
    let begins = |index: usize| matches!(texts[index..], ["#", "[", verb, "(", ..] if VERBS.contains(&verb));
    (0..texts.len()).filter(|index| begins(*index)).filter_map(|begin| handler(&texts[begin..])).collect()
}

fn handler<'a>(texts: &[&'a str]) -> Option<(&'a str, Vec<&'a str>)> {
    let function = texts.iter().position(|text| *text == "fn")?;
    let mut depth = 0;
    let end = texts.iter().enumerate().skip(function).find(|(_, text)| {
        depth += i32::from(**text == "{") - i32::from(**text == "}");
        depth == 0 && **text == "}"
    });
    Some((texts[function + 1], texts[..=end?.0].to_vec()))
}

fn takes_no_place(source: &Source) -> Vec<String> {
    let waits_for_provider = source.file.starts_with(FEDERATION);
    let mut complaints = Vec::new();
    for (name, texts) in handlers(source) {
        let has = |word: &str| texts.contains(&word);
        let is_signed_in = has("Caller") || has("Administrator");
        let runs = texts.windows(3).any(|three| three == [".", "run", "("]);
        let missing = match (is_signed_in, has("OptionalSession")) {
            (_, true) => runs && !has("run_for_stranger"),
            (signed_in, false) => !signed_in && runs,
        };
        let is_excused =
            ANSWER_FIRST.contains(&name) || (waits_for_provider && WAIT_FOR_PROVIDERS.contains(&name));
        if missing && !is_excused {
            complaints.push(format!("{}: {name} works for strangers without a place", source.file));
        }
    }
    complaints
}

/// Where a page of a link begins work without a place, unless its user is signed in.
fn pages_without_a_place(source: &Source) -> Vec<String> {
    let texts: Vec<&str> = source.tokens.iter().map(|token| token.text.as_str()).collect();
    let runs = (0..texts.len()).filter(|index| texts[*index..].starts_with(&[".", "run", "("]));
    let free = runs.filter(|index| !texts[..*index].ends_with(&["is_signed_in", "{", "visit", ".", "state"]));
    free.map(|index| {
        let line = source.tokens[index].line;
        format!("{}:{line}: works for strangers without a place", source.file)
    })
    .collect()
}

#[test]
fn pages_of_links_take_a_place() {
    let is_of_link = |source: &Source| source.file.starts_with("src/http/pages/link");
    let pages: Vec<Source> = sources().into_iter().filter(is_of_link).collect();
    assert!(pages.iter().any(|source| source.file.ends_with("/verify_email.rs")), "the pages are found");
    assert_none(pages.iter().flat_map(pages_without_a_place).collect());
    let complaints =
        |text: &str| pages_without_a_place(&Source::parse("src/http/pages/link/a.rs", text)).len();
    assert_eq!(complaints("fn a() { visit.state.run(|app| app.act()).await }"), 1);
    assert_eq!(complaints("fn a() { if is_signed_in { visit.state.run(act).await } }"), 0);
    assert_eq!(complaints("fn a() { visit.state.run_for_stranger(act).await }"), 0);
}

#[test]
fn handlers_for_strangers_take_a_place() {
    let http: Vec<Source> =
        sources().into_iter().filter(|source| source.file.starts_with("src/http/")).collect();
    let names: Vec<_> = http.iter().flat_map(handlers).map(|(name, _)| name.to_owned()).collect();
    assert!(names.iter().any(|name| name == "verify_with_new_password"), "{names:?}");
    for name in ANSWER_FIRST {
        assert!(names.iter().any(|found| found == name), "{name} is no longer a handler");
    }
    assert_none(http.iter().flat_map(takes_no_place).collect());
}

#[test]
fn a_handler_without_a_place_is_found() {
    let complaints = |body: &str| {
        let text = format!("#[post(\"/a\")]\npub async fn act({body}\nfn next() {{ state.run(|_| ()) }}\n");
        takes_no_place(&Source::parse("src/http/a.rs", &text)).len()
    };
    assert_eq!(complaints("s: State) { s.run(|app| async move { app.act().await }).await }"), 1);
    assert_eq!(complaints("s: State) { s.run_for_stranger(|app| async move { app.act() }).await }"), 0);
    assert_eq!(complaints("s: State, c: Caller<Signed>) { s.run(|app| app.act()).await }"), 0);
    assert_eq!(complaints("s: State, c: Caller<OptionalSession>) { s.run(|app| app.act()).await }"), 1);
}
