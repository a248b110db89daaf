//! What a step makes of a state.

use crate::state::{Beat, EXPIRED, Instance, NODES, Role, State};
use crate::{Action, Fault, Protocol};

impl Protocol {
    /// Whether an instance may go on in a new history at this node without cutting anything off:
    /// the node must come right after the history of the last heartbeat that it holds, and its
    /// process must have been running when that was written. So it has in memory all that was
    /// acknowledged there by every replica.
    fn vouches(&self, state: &State, instance: &Instance, node: u8) -> bool {
        let data = state.nodes[usize::from(node)].data;
        let Some(beat) = data.beat else { return false };
        if self.has(Fault::TailVouches) {
            return instance.tailed == Some(beat.history);
        }
        let running = beat.running & (1 << node) != 0 || self.has(Fault::RestartedNodeVouches);
        data.previous == Some(beat.history) && running
    }

    /// A new history at a node: what was written so far is what it has.
    fn begin_history(state: &mut State, node: u8) {
        let data = &mut state.nodes[usize::from(node)].data;
        data.previous = Some(data.history);
        data.history = state.histories;
        data.fenced = false;
        state.histories += 1;
        if data.key {
            state.acknowledged = None;
        }
    }

    fn drop_connections(state: &mut State, node: u8) {
        for instance in &mut state.instances {
            if instance.at == Some(node) {
                instance.at = None;
                instance.attempt = None;
                instance.lease = EXPIRED;
            }
        }
    }

    fn copy(state: &mut State, replica: u8, primary: u8) {
        state.nodes[usize::from(replica)].data = state.nodes[usize::from(primary)].data;
        for instance in &mut state.instances {
            if instance.at == Some(primary)
                && let Some(acknowledged) = &mut instance.attempt
            {
                *acknowledged |= 1 << replica;
            }
        }
    }

    fn restart(state: &mut State, node: u8) {
        Self::drop_connections(state, node);
        let restarted = &mut state.nodes[usize::from(node)];
        restarted.data = restarted.file;
        for each in &mut state.nodes {
            for data in [&mut each.data, &mut each.file] {
                if let Some(Beat { running, .. }) = &mut data.beat {
                    *running &= !(1 << node);
                }
            }
        }
        if state.nodes[usize::from(node)].role == Role::Primary {
            Self::begin_history(state, node);
        }
    }

    fn connect(&self, state: &mut State, i: usize, node: u8) {
        let vouches = self.vouches(state, &state.instances[i], node);
        let data = &mut state.nodes[usize::from(node)].data;
        let instance = &mut state.instances[i];
        if !data.fenced && !self.has(Fault::NoFence) {
            if vouches {
                if instance.denied {
                    data.entry = true;
                    data.key = false;
                }
            } else {
                data.cut = true;
            }
            data.fenced = true;
        }
        *instance = Instance {
            at: Some(node),
            tailed: Some(data.history),
            lease: EXPIRED,
            attempt: None,
            ..*instance
        };
    }

    /// Takes out what makes no difference to anything that can still happen.
    pub(crate) fn forget(&self, state: &mut State) {
        if !self.timed() {
            state.acknowledged = None;
        }
        for instance in &mut state.instances {
            if !self.timed() {
                instance.lease = 0;
            }
            if state.answered {
                instance.attempt = None;
            }
            if instance.at.is_none() && !self.has(Fault::TailVouches) {
                instance.tailed = None;
            }
        }
    }

    pub(crate) fn apply(&self, state: &mut State, action: Action) {
        match action {
            Action::Copy(n) => {
                if let Role::Replica(primary) = state.nodes[usize::from(n)].role {
                    Self::copy(state, n, primary);
                }
            }
            Action::Save(n) => {
                let node = &mut state.nodes[usize::from(n)];
                node.file = node.data;
            }
            Action::Restart(n) => Self::restart(state, n),
            Action::Promote(n) => {
                state.nodes[usize::from(n)].role = Role::Primary;
                state.elected = n;
                Self::begin_history(state, n);
            }
            Action::Follow(n, primary) => {
                if !self.has(Fault::ConnectionsOutliveTheRole) {
                    Self::drop_connections(state, n);
                }
                state.nodes[usize::from(n)].role = Role::Replica(primary);
            }
            Action::Connect(i, n) => self.connect(state, i, n),
            Action::EarlyBeat(n) => {
                let data = &mut state.nodes[usize::from(n)].data;
                data.beat = Some(beat_of(data.history));
            }
            Action::RestartInstance(i) => {
                let instance = &mut state.instances[i];
                *instance = Instance {
                    at: None,
                    tailed: None,
                    denied: instance.journalled,
                    journalled: instance.journalled,
                    lease: EXPIRED,
                    attempt: None,
                };
            }
            Action::Tick => {
                for instance in &mut state.instances {
                    instance.lease = (instance.lease + 1).min(EXPIRED);
                }
                if let Some(age) = &mut state.acknowledged {
                    *age = (*age + 1).min(EXPIRED);
                }
            }
            Action::Beat(i, _)
            | Action::Tail(i)
            | Action::Revoke(i)
            | Action::Answer200(i)
            | Action::Answer202(i) => {
                if let Some(at) = state.instances[i].at {
                    Self::apply_at(state, i, at, action);
                }
            }
        }
    }

    /// What an instance does at the node that it is connected to.
    fn apply_at(state: &mut State, i: usize, at: u8, action: Action) {
        let data = &mut state.nodes[usize::from(at)].data;
        let new_primary = data.history != 0 && state.elected == at;
        let instance = &mut state.instances[i];
        match action {
            Action::Beat(_, replica) => {
                data.beat = Some(beat_of(data.history));
                if let Some(replica) = replica {
                    instance.lease = 0;
                    Self::copy(state, replica, at);
                }
            }
            Action::Tail(_) => instance.denied = true,
            Action::Revoke(_) => {
                data.entry = true;
                data.key = false;
                instance.denied = true;
                instance.attempt = Some(0);
            }
            Action::Answer200(_) | Action::Answer202(_) => {
                let full = matches!(action, Action::Answer200(_));
                instance.attempt = None;
                instance.journalled |= !full;
                state.answered |= full;
                if new_primary && state.acknowledged.is_none() {
                    state.acknowledged = Some(0);
                }
            }
            _ => {}
        }
    }
}

/// A heartbeat written now: every node is running.
const fn beat_of(history: u8) -> Beat {
    Beat {
        history,
        running: (1 << NODES) - 1,
    }
}
