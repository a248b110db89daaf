//! What must hold after every step, and what some run must show.

use stateright::Property;

use crate::state::{Data, EXPIRED, Instance, LEASE, Node, State};
use crate::{Action, Fault, Protocol};

impl Protocol {
    /// Whether a promise is broken where a run ends.
    pub fn breaks(&self, promise: &str, run: &[Action]) -> bool {
        let mut state = self.begin();
        for action in run {
            self.apply(&mut state, *action);
            self.forget(&mut state);
        }
        let holds = |property: &Property<Self>| (property.condition)(self, &state);
        let mut properties = self.all_properties().into_iter();
        properties.any(|property| property.name == promise && !holds(&property))
    }

    pub(crate) fn holds_lease(&self, instance: &Instance) -> bool {
        !self.timed() || instance.lease <= LEASE
    }

    /// Whether a verification that this instance starts now accepts the token.
    fn accepts(&self, state: &State, instance: &Instance) -> bool {
        let Some(at) = instance.at else { return false };
        let data = state.nodes[usize::from(at)].data;
        let leased = self.holds_lease(instance) || self.has(Fault::NoLease);
        leased && !instance.denied && data.key && !data.cut
    }

    fn anybody_accepts(&self, state: &State) -> bool {
        let mut instances = state.instances.iter();
        instances.any(|instance| self.accepts(state, instance))
    }

    /// The promises, and what shows that a search has seen something.
    pub(crate) fn all_properties(self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always("R1", |model: &Self, state: &State| {
                !(state.answered && model.anybody_accepts(state))
            }),
            Property::sometimes("200", |_, state: &State| state.answered),
            Property::sometimes("a new primary answers, nothing cut off", {
                |_, state: &State| {
                    let mut places = state.instances.iter().filter_map(|instance| instance.at);
                    places.any(|at| {
                        let Data { history, cut, .. } = state.nodes[usize::from(at)].data;
                        history != 0 && !cut
                    })
                }
            }),
            Property::sometimes("cut off", |_, state: &State| {
                state.nodes.iter().any(|node| node.data.cut)
            }),
            Property::sometimes(
                "kept by a new primary, nothing cut off",
                |_, state: &State| {
                    let kept = |node: &Node| {
                        let Data {
                            history,
                            fenced,
                            key,
                            cut,
                            ..
                        } = node.data;
                        history != 0 && fenced && !key && !cut
                    };
                    state.answered && state.nodes.iter().any(kept)
                },
            ),
        ];
        if self.timed() {
            properties.extend([
                Property::always("R6", |model: &Self, state: &State| {
                    state.acknowledged.is_none_or(|age| age <= LEASE)
                        || !model.anybody_accepts(state)
                }),
                Property::sometimes("acknowledged by a new primary", |_, state: &State| {
                    state.acknowledged == Some(EXPIRED)
                }),
                Property::sometimes("an old primary answers beside the new one", {
                    |model: &Self, state: &State| {
                        state.acknowledged.is_some() && model.anybody_accepts(state)
                    }
                }),
            ]);
        }
        properties
    }
}
