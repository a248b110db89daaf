//! What there is: the nodes with their data and files, and what each instance believes.

/// How many nodes: a primary and the N = 2 replicas that a revocation waits for.
pub const NODES: usize = 3;
/// How many instances of jotleash.
pub const INSTANCES: usize = 2;
/// The read lease, in ticks: an answer counts while the last acknowledged heartbeat is no older.
pub const LEASE: u8 = 1;
/// As old as a heartbeat gets: from here on nothing changes with age.
pub const EXPIRED: u8 = LEASE + 1;

/// A replication id: which history of writes the data belong to.
pub type History = u8;
/// A set of nodes, one bit for each.
pub type Nodes = u8;

/// A node's place among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It takes writes.
    Primary,
    /// It follows the node with this number.
    Replica(u8),
}

/// The last heartbeat that the data hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Beat {
    /// The history in which it was written.
    pub history: History,
    /// The nodes whose processes have been running ever since. An instance learns it from a
    /// node's uptime and the time in the heartbeat.
    pub running: Nodes,
}

/// What a node holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Data {
    /// The replication id.
    pub history: History,
    /// The one before it (`master_replid2`).
    pub previous: Option<History>,
    /// The last heartbeat.
    pub beat: Option<Beat>,
    /// Whether an instance has marked this history as one that may be answered from.
    pub fenced: bool,
    /// Whether the token's key is there.
    pub key: bool,
    /// Whether the stream of revocations has the token's.
    pub entry: bool,
    /// Whether a cut-off covers the token.
    pub cut: bool,
}

/// One process of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// Its place.
    pub role: Role,
    /// What it holds in memory.
    pub data: Data,
    /// What it would hold after a restart.
    pub file: Data,
}

/// One process of jotleash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instance {
    /// The node that it is connected to and answers from.
    pub at: Option<u8>,
    /// The history that it has fenced or found fenced, and whose stream it reads. None after a
    /// restart.
    pub tailed: Option<History>,
    /// Whether it knows that the token is dead.
    pub denied: bool,
    /// Whether its journal does.
    pub journalled: bool,
    /// Ticks since it sent the last heartbeat that a replica has acknowledged.
    pub lease: u8,
    /// The replicas that have acknowledged the revocation that it has written and not answered.
    pub attempt: Option<Nodes>,
}

/// Everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    /// The nodes.
    pub nodes: [Node; NODES],
    /// The instances.
    pub instances: [Instance; INSTANCES],
    /// How many histories there have been.
    pub histories: u8,
    /// Whether a revocation of the token was answered 200.
    pub answered: bool,
    /// Ticks since a new primary acknowledged it, 202 too, while no newer one has begun without it.
    /// A primary that has itself been replaced is none, whether it knows or not.
    pub acknowledged: Option<u8>,
    /// The node that was promoted last.
    pub elected: u8,
}

impl State {
    /// A primary with two replicas that have all it has, whose files are of that moment, and two
    /// instances that answer from it.
    pub fn start() -> Self {
        let data = Data {
            history: 0,
            previous: None,
            beat: Some(Beat {
                history: 0,
                running: (1 << NODES) - 1,
            }),
            fenced: true,
            key: true,
            entry: false,
            cut: false,
        };
        let node = |role| Node {
            role,
            data,
            file: data,
        };
        let instance = Instance {
            at: Some(0),
            tailed: Some(0),
            denied: false,
            journalled: false,
            lease: 0,
            attempt: None,
        };
        Self {
            nodes: [
                node(Role::Primary),
                node(Role::Replica(0)),
                node(Role::Replica(0)),
            ],
            instances: [instance; INSTANCES],
            histories: 1,
            answered: false,
            acknowledged: None,
            elected: 0,
        }
    }

    /// The same state with its nodes, instances and histories in a fixed order: which of them is
    /// called 0 makes no difference, but for the history that was the first.
    pub fn canonical(&self) -> Self {
        const ORDERS: [[u8; NODES]; 6] = [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ];
        let mut least = self.renamed(ORDERS[0]);
        for order in &ORDERS[1..] {
            least = least.min(self.renamed(*order));
        }
        least
    }

    /// Node `n` is called `name[n]` from now on.
    fn renamed(&self, name: [u8; NODES]) -> Self {
        let node_name = |node: u8| name[usize::from(node)];
        let set_names = |nodes: Nodes| {
            (0..NODES)
                .filter(|n| nodes & (1 << n) != 0)
                .fold(0, |set, n| set | 1 << name[n])
        };
        let data = |data: Data| Data {
            beat: data.beat.map(|beat| Beat {
                running: set_names(beat.running),
                ..beat
            }),
            ..data
        };
        let mut state = *self;
        for (n, node) in self.nodes.iter().enumerate() {
            state.nodes[usize::from(name[n])] = Node {
                role: match node.role {
                    Role::Primary => Role::Primary,
                    Role::Replica(of) => Role::Replica(node_name(of)),
                },
                data: data(node.data),
                file: data(node.file),
            };
        }
        for instance in &mut state.instances {
            instance.at = instance.at.map(node_name);
            instance.attempt = instance.attempt.map(set_names);
        }
        state.elected = node_name(state.elected);
        state.number_histories();
        state.instances.sort_unstable();
        state
    }

    /// Numbers the histories in the order in which they are found, the first one being 0.
    fn number_histories(&mut self) {
        let mut numbers: [Option<History>; 16] = [None; 16];
        numbers[0] = Some(0);
        let mut next = 1;
        let mut number = |history: &mut History| {
            *history = *numbers[usize::from(*history)].get_or_insert_with(|| {
                next += 1;
                next - 1
            });
        };
        for node in &mut self.nodes {
            for data in [&mut node.data, &mut node.file] {
                number(&mut data.history);
                data.previous.iter_mut().for_each(&mut number);
                data.beat
                    .iter_mut()
                    .for_each(|beat| number(&mut beat.history));
            }
        }
        for instance in &mut self.instances {
            instance.tailed.iter_mut().for_each(&mut number);
        }
    }

    /// The nodes that a revocation written at this one must reach.
    pub fn others(node: u8) -> Nodes {
        ((1 << NODES) - 1) & !(1 << node)
    }

    /// The nodes' numbers.
    pub fn node_numbers() -> impl Iterator<Item = u8> {
        (0..NODES).map(|n| u8::try_from(n).expect("there are few nodes"))
    }
}
