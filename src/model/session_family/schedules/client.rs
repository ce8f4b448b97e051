//! The owner's client: tabs that share a store or a jar, and keep to the rules for clients.

use super::search::Search;
use super::setup::{ACCESS_LIFE, Naming, Transport};
use super::state::{Key, Message, Phase, Purpose, Reply, Request, Sender, State, Step, Tab};

pub fn steps(search: &mut Search<'_>, state: &State) {
    for index in 0..state.tabs.len() {
        match state.tabs[index].phase {
            Phase::Idle => begin(search, state, index),
            Phase::Composed => {
                search.step(state, Step::Send(request(state, index)), |_, state| send(state, index));
            }
            Phase::Waiting => again(search, state, index),
            Phase::LoggedOut => {}
        }
        if state.left.kills > 0 && matches!(state.tabs[index].phase, Phase::Composed | Phase::Waiting) {
            search.step(state, Step::Kill { tab: index }, |_, state| kill(state, index));
        }
    }
}

pub fn answers(search: &mut Search<'_>, state: &State) {
    for (index, message) in state.messages.iter().enumerate() {
        if let Message::Answer { tab, attempt, reply } = *message {
            search.step(state, Step::Answer { tab, reply }, |search, state| {
                state.messages.remove(index);
                answered(search, state, tab, attempt, reply);
            });
        }
    }
}

/// A key that the store has for this token.
fn stored_key(state: &State, generation: u64) -> Option<Key> {
    state.store.keys.iter().flatten().find(|(of, _)| *of == generation).map(|(_, key)| *key)
}

fn begin(search: &mut Search<'_>, state: &State, index: usize) {
    let tab = &state.tabs[index];
    let pending = stored_key(state, state.store.generation);
    let is_due = state.now - state.store.since >= ACCESS_LIFE || pending.is_some();
    if tab.refreshes > 0 && is_due {
        compose(search, state, index, Purpose::Refresh);
    }
    // A token is spent under one key: an attempt that is under way is finished by a refresh first.
    if tab.step_ups > 0 && pending.is_none() {
        compose(search, state, index, Purpose::StepUp);
    }
}

/// Reads the token and its key; a jar's token is read again by the browser when it sends.
fn compose(search: &mut Search<'_>, state: &State, index: usize, purpose: Purpose) {
    let mut composed = state.clone();
    let generation = state.store.generation;
    let key = key_of(search, &mut composed, generation);
    let attempt = state.tabs[index].attempt + 1;
    composed.tabs[index] =
        Tab { phase: Phase::Composed, purpose, generation, key, attempt, ..state.tabs[index] };
    depart(search, composed, index);
}

/// What the client names an attempt to spend this token.
fn key_of(search: &Search<'_>, state: &mut State, generation: u64) -> Option<Key> {
    match search.setup.naming {
        Naming::Nothing => None,
        Naming::Derived => Some(Key::Derived(generation)),
        Naming::Stored | Naming::StoredAndKept => Some(stored_or_drawn(search, state, generation)),
    }
}

fn stored_or_drawn(search: &Search<'_>, state: &mut State, generation: u64) -> Key {
    if let Some(key) = stored_key(state, generation) {
        return key;
    }
    let key = Key::Random(state.keys_drawn);
    state.keys_drawn += 1;
    let kept = if search.setup.naming == Naming::StoredAndKept { state.store.keys[0] } else { None };
    state.store.keys = [Some((generation, key)), kept];
    key
}

fn depart(search: &mut Search<'_>, composed: State, index: usize) {
    let step = match search.setup.transport {
        Transport::Bearer => Step::Send(request(&composed, index)),
        Transport::Jar => Step::Compose { tab: index, key: composed.tabs[index].key },
    };
    search.step(&composed, step, |search, state| {
        if search.setup.transport == Transport::Bearer {
            send(state, index);
        }
    });
}

fn request(state: &State, index: usize) -> Request {
    let Tab { purpose, generation, key, attempt, .. } = state.tabs[index];
    Request { sender: Sender::Tab(index), purpose, generation, key, attempt, since: state.now }
}

fn send(state: &mut State, index: usize) {
    // A browser puts in the cookie that the jar holds now. A store of the client's own has not changed since.
    let request = Request { generation: state.store.generation, ..request(state, index) };
    state.tabs[index].phase = Phase::Waiting;
    state.messages.push(Message::Request(request));
}

/// Without an answer: the store is read again, and the same attempt made once more.
fn again(search: &mut Search<'_>, state: &State, index: usize) {
    let tab = &state.tabs[index];
    if tab.retries == 0 {
        return;
    }
    if state.store.generation > tab.generation {
        search.step(state, Step::FindsTokenRenewed { tab: index }, |_, state| {
            let tab = &mut state.tabs[index];
            done(tab);
        });
        return;
    }
    let mut composed = state.clone();
    if state.store.generation < tab.generation && search.setup.naming != Naming::Nothing {
        // The jar was set back: this is another token, which has its own key.
        let generation = state.store.generation;
        let key = key_of(search, &mut composed, generation);
        composed.tabs[index] = Tab { generation, key, ..*tab };
    }
    let tab = &mut composed.tabs[index];
    tab.retries -= 1;
    tab.attempt += 1;
    tab.phase = Phase::Composed;
    // The factor may be spent: whether it was is told by the tokens that the refresh brings.
    if tab.key.is_some() && tab.purpose == Purpose::StepUp {
        tab.purpose = Purpose::Refresh;
        tab.step_ups -= 1;
        tab.refreshes += 1;
    }
    depart(search, composed, index);
}

fn done(tab: &mut Tab) {
    match tab.purpose {
        Purpose::Refresh => tab.refreshes = tab.refreshes.saturating_sub(1),
        Purpose::StepUp => tab.step_ups = tab.step_ups.saturating_sub(1),
    }
    tab.phase = Phase::Idle;
    tab.generation = 0;
    tab.key = None;
}

/// The tab is opened again, and refreshes.
fn kill(state: &mut State, index: usize) {
    state.left.kills -= 1;
    let tab = &mut state.tabs[index];
    if tab.purpose == Purpose::StepUp {
        done(tab);
    }
    *tab = Tab { phase: Phase::Idle, generation: 0, key: None, refreshes: tab.refreshes.max(1), ..*tab };
}

fn answered(search: &Search<'_>, state: &mut State, index: usize, attempt: u8, reply: Reply) {
    let is_awaited = state.tabs[index].awaits(attempt);
    match reply {
        Reply::Tokens(generation) => {
            store(search, state, generation);
            if is_awaited {
                done(&mut state.tabs[index]);
            }
        }
        Reply::Refused if is_awaited => state.tabs[index].phase = Phase::LoggedOut,
        Reply::Refused | Reply::InFlight => {}
    }
}

fn store(search: &Search<'_>, state: &mut State, generation: u64) {
    let is_older = generation < state.store.generation;
    if is_older && search.setup.transport == Transport::Bearer {
        return;
    }
    if generation != state.store.generation {
        state.store.since = state.now;
    }
    state.store.generation = generation;
    if search.setup.naming == Naming::Stored {
        state.store.keys[0] = state.store.keys[0].filter(|(of, _)| *of >= generation);
    }
}
