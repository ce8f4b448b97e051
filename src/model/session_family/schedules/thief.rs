//! A thief who copies a token, presents it when and where it suits them, and knows no random key of the owner's. They
//! may have a factor as well, such as a code that the owner was tricked into telling.

use super::node;
use super::search::Search;
use super::state::{Key, Purpose, Request, Sender, State, Step};

pub fn steps(search: &mut Search<'_>, state: &State) {
    let generation = state.store.generation;
    if state.left.thefts > 0 {
        search.step(state, Step::CopyToken { generation }, |_, state| {
            state.left.thefts -= 1;
            state.loot = Some(generation);
        });
    }
    let Some(generation) = state.loot else { return };
    if state.left.attacks == 0 {
        return;
    }
    let purposes: &[Purpose] = match search.setup.thief_has_factor {
        true => &[Purpose::Refresh, Purpose::StepUp],
        false => &[Purpose::Refresh],
    };
    for key in [None, Some(Key::Thief), Some(Key::Derived(generation))] {
        for purpose in purposes {
            let since = state.now;
            let purpose = *purpose;
            let request = Request { sender: Sender::Thief, purpose, generation, key, attempt: 0, since };
            for node in node::to_try(search, state, Sender::Thief) {
                search.step(state, Step::ThiefPresents { node, request }, |search, state| {
                    state.left.attacks -= 1;
                    node::receive(search, state, node, request);
                });
            }
        }
    }
}
