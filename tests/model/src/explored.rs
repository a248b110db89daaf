//! The protocol as the checker explores it.

use stateright::{Model, Property};

use crate::state::{INSTANCES, State};
use crate::{Action, Protocol};

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.begin()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for node in State::node_numbers() {
            self.node_actions(state, node, actions);
        }
        for i in 0..INSTANCES {
            self.instance_actions(state, i, actions);
        }
        if self.timed() {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = *last;
        self.apply(&mut state, action);
        self.forget(&mut state);
        if state == *last {
            return None;
        }
        Some(if self.canonical {
            state.canonical()
        } else {
            state
        })
    }

    fn properties(&self) -> Vec<Property<Self>> {
        self.all_properties()
    }
}

impl Protocol {
    /// The state in which it begins.
    pub(crate) fn begin(&self) -> State {
        let mut state = State::start();
        for step in self.start.steps() {
            self.apply(&mut state, *step);
            self.forget(&mut state);
        }
        state
    }
}
