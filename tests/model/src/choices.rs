//! Which steps can be taken from a state.

use crate::state::{Role, State};
use crate::{Action, Fault, Promotion, Protocol};

impl Protocol {
    /// What one instance can do.
    pub(crate) fn instance_actions(&self, state: &State, i: usize, actions: &mut Vec<Action>) {
        let instance = &state.instances[i];
        // What an instance forgets by a restart is what it knows to be dead.
        if instance.denied && !instance.journalled {
            actions.push(Action::RestartInstance(i));
        }
        for node in State::node_numbers() {
            if state.nodes[usize::from(node)].role == Role::Primary && instance.at != Some(node) {
                actions.push(Action::Connect(i, node));
            }
        }
        let Some(at) = instance.at else { return };
        let node = &state.nodes[usize::from(at)];
        // What a node is, and in which history, every heartbeat reads, and a write tells.
        if node.role != Role::Primary || instance.tailed != Some(node.data.history) {
            return;
        }
        if node.data.fenced {
            actions.push(Action::Beat(i, None));
            for replica in State::node_numbers() {
                if self.timed() && state.nodes[usize::from(replica)].role == Role::Replica(at) {
                    actions.push(Action::Beat(i, Some(replica)));
                }
            }
        }
        // After a 200 nothing is left to ask for.
        if state.answered {
            return;
        }
        if node.data.entry && !instance.denied {
            actions.push(Action::Tail(i));
        }
        let Some(acknowledged) = instance.attempt else {
            actions.push(Action::Revoke(i));
            return;
        };
        if acknowledged == State::others(at) || self.has(Fault::NoWait) {
            actions.push(Action::Answer200(i));
        }
        if self.timed() && self.holds_lease(instance) || self.has(Fault::AcknowledgedWithoutLease) {
            actions.push(Action::Answer202(i));
        }
    }

    /// What can be done with one node.
    pub(crate) fn node_actions(&self, state: &State, n: u8, actions: &mut Vec<Action>) {
        let node = &state.nodes[usize::from(n)];
        let another_history = state.histories < self.histories;
        actions.push(Action::Save(n));
        if node.role != Role::Primary || another_history {
            actions.push(Action::Restart(n));
        }
        if let Role::Replica(primary) = node.role {
            if state.nodes[usize::from(primary)].role == Role::Primary {
                actions.push(Action::Copy(n));
            }
            if another_history {
                actions.push(Action::Promote(n));
            }
        } else if self.has(Fault::BeatBeforeTheFence) && !node.data.fenced {
            actions.push(Action::EarlyBeat(n));
        }
        for primary in State::node_numbers() {
            let any = self.promotion == Promotion::Arbitrary;
            if primary != n
                && state.nodes[usize::from(primary)].role == Role::Primary
                && node.role != Role::Replica(primary)
                && (any || state.elected == primary)
            {
                actions.push(Action::Follow(n, primary));
            }
        }
    }
}
