//! Which changes are here, who made them, and what each of them had seen.
//!
//! The library keeps the same graph but does not show it. It is needed because a verdict may depend on a change's own past only, never on
//! what else happens to be here: otherwise two devices that hold the same envelopes would disagree.

use std::collections::{BTreeSet, HashMap};

use enginus_model::{Hash, LogId};

use crate::id::Actor;

/// How many changes may lie between a change and the nearest one that carries its clock: longer means less memory and longer walks.
const CLOCK_GAP: u8 = 16;

/// How many changes of each actor are in a past, by the graph's number for the actor.
pub(crate) type Seen = Vec<u32>;

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) hash: Hash,
    pub(crate) actor: u32,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) max_op: u64,
    pub(crate) time: i64,
    deps: Vec<u32>,
    children: u32,
    gap: u8,
    /// What it had seen, itself included; only every so often.
    clock: Option<Box<[u32]>>,
}

#[derive(Debug, Clone)]
struct ActorInfo {
    id: Actor,
    log: Option<LogId>,
    /// Its changes in order: the first has number 1.
    nodes: Vec<u32>,
}

/// A change about to be added.
pub(crate) struct NewNode<'a> {
    pub(crate) hash: Hash,
    pub(crate) actor: Actor,
    pub(crate) log: Option<LogId>,
    pub(crate) start_op: u64,
    pub(crate) max_op: u64,
    pub(crate) time: i64,
    pub(crate) deps: &'a [Hash],
}

/// The graph. Changes are added in causal order and can be taken away again from the end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    by_hash: HashMap<Hash, u32>,
    actors: Vec<ActorInfo>,
    by_actor: HashMap<Actor, u32>,
    heads: BTreeSet<u32>,
}

impl Graph {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }
    /// How many actors are known: the number the next one will have.
    pub(crate) fn actor_count(&self) -> u32 {
        self.actors.len() as u32
    }
    pub(crate) fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }
    pub(crate) fn find(&self, hash: &Hash) -> Option<u32> {
        self.by_hash.get(hash).copied()
    }
    pub(crate) fn contains(&self, hash: &Hash) -> bool {
        self.by_hash.contains_key(hash)
    }
    pub(crate) fn actor_number(&self, actor: &Actor) -> Option<u32> {
        self.by_actor.get(actor).copied()
    }
    pub(crate) fn log_of(&self, actor: &Actor) -> Option<LogId> {
        self.actors.get(self.actor_number(actor)? as usize)?.log
    }
    /// Actors and the logs they belong to; the genesis has none.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = (Actor, LogId)> {
        self.actors.iter().filter_map(|actor| Some((actor.id, actor.log?)))
    }
    /// The hash of `actor`'s change number `seq`, counted from 1.
    pub(crate) fn change_of(&self, actor: &Actor, seq: u64) -> Option<Hash> {
        let info = self.actors.get(self.actor_number(actor)? as usize)?;
        let node = info.nodes.get(usize::try_from(seq).ok()?.checked_sub(1)?)?;
        Some(self.nodes.get(*node as usize)?.hash)
    }
    /// How many changes of `actor` are here.
    pub(crate) fn last_seq(&self, actor: &Actor) -> u64 {
        self.actor_number(actor).and_then(|n| self.actors.get(n as usize)).map_or(0, |info| info.nodes.len() as u64)
    }
    /// The change that made operation `number` of `actor`.
    pub(crate) fn change_with_op(&self, actor: u32, number: u64) -> Option<u32> {
        let nodes = &self.actors.get(actor as usize)?.nodes;
        let after = nodes.partition_point(|n| self.nodes[*n as usize].start_op <= number);
        let index = *nodes.get(after.checked_sub(1)?)?;
        (number <= self.nodes[index as usize].max_op).then_some(index)
    }
    /// When, as its author's clock said, operation `number` of `actor` was made.
    pub(crate) fn time_of(&self, actor: &Actor, number: u64) -> Option<i64> {
        let node = self.change_with_op(self.actor_number(actor)?, number)?;
        Some(self.nodes[node as usize].time)
    }

    /// What the changes `deps` had seen together, themselves included.
    pub(crate) fn seen_by(&self, deps: &[u32]) -> Seen {
        if self.heads.iter().all(|head| deps.contains(head)) {
            return self.actors.iter().map(|actor| actor.nodes.len() as u32).collect();
        }
        let mut seen = vec![0; self.actors.len()];
        let mut visited = BTreeSet::new();
        let mut stack = deps.to_vec();
        while let Some(index) = stack.pop() {
            if !visited.insert(index) {
                continue;
            }
            let node = &self.nodes[index as usize];
            let own = &mut seen[node.actor as usize];
            *own = (*own).max(node.seq as u32);
            match &node.clock {
                Some(clock) => {
                    for (mine, theirs) in seen.iter_mut().zip(clock) {
                        *mine = (*mine).max(*theirs);
                    }
                }
                None => stack.extend(&node.deps),
            }
        }
        seen
    }

    /// Whether a past holds operation `number` of `actor`; if so, the change it belongs to and its place in it.
    pub(crate) fn locate(&self, seen: &Seen, actor: u32, number: u64) -> Option<(u32, usize)> {
        let index = self.change_with_op(actor, number)?;
        let node = &self.nodes[index as usize];
        let known = seen.get(actor as usize).copied().unwrap_or(0);
        (node.seq <= u64::from(known)).then(|| (index, (number - node.start_op) as usize))
    }

    /// Adds a change whose direct past is here; `None` when it is not.
    pub(crate) fn push(&mut self, new: &NewNode<'_>) -> Option<u32> {
        let deps = new.deps.iter().map(|hash| self.find(hash)).collect::<Option<Vec<_>>>()?;
        let index = u32::try_from(self.nodes.len()).ok()?;
        let actor = match self.actor_number(&new.actor) {
            Some(number) => number,
            None => {
                let number = self.actors.len() as u32;
                self.actors.push(ActorInfo { id: new.actor, log: new.log, nodes: Vec::new() });
                self.by_actor.insert(new.actor, number);
                number
            }
        };
        let gap = deps.iter().map(|dep| self.nodes[*dep as usize].gap).max().map_or(0, |gap| gap + 1);
        let seq = self.actors[actor as usize].nodes.len() as u64 + 1;
        self.actors[actor as usize].nodes.push(index);
        for dep in &deps {
            self.nodes[*dep as usize].children += 1;
            self.heads.remove(dep);
        }
        self.heads.insert(index);
        self.by_hash.insert(new.hash, index);
        let (start_op, max_op, time) = (new.start_op, new.max_op, new.time);
        self.nodes.push(Node {
            hash: new.hash,
            actor,
            seq,
            start_op,
            max_op,
            time,
            deps,
            children: 0,
            gap,
            clock: None,
        });
        if gap >= CLOCK_GAP {
            let clock = self.seen_by(&[index]).into_boxed_slice();
            let node = &mut self.nodes[index as usize];
            (node.gap, node.clock) = (0, Some(clock));
        }
        Some(index)
    }

    /// Takes the newest changes away until `len` are left.
    pub(crate) fn truncate(&mut self, len: usize) {
        while self.nodes.len() > len {
            let Some(node) = self.nodes.pop() else { return };
            let index = self.nodes.len() as u32;
            self.by_hash.remove(&node.hash);
            self.heads.remove(&index);
            for dep in node.deps {
                let parent = &mut self.nodes[dep as usize];
                parent.children -= 1;
                if parent.children == 0 {
                    self.heads.insert(dep);
                }
            }
            let info = &mut self.actors[node.actor as usize];
            info.nodes.pop();
            if info.nodes.is_empty() {
                // Actors are numbered in the order of their first change, so this one is the last.
                self.by_actor.remove(&info.id);
                self.actors.truncate(node.actor as usize);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hash(n: usize) -> Hash {
        Hash::of(&n.to_be_bytes())
    }

    /// A graph of one-operation changes from `(actor, how many changes back each dependency lies)`.
    fn build(steps: &[(u8, Vec<usize>)]) -> Graph {
        let mut graph = Graph::default();
        for (i, (actor, back)) in steps.iter().enumerate() {
            let mut deps: BTreeSet<usize> = back.iter().filter_map(|b| i.checked_sub(1 + b % i.max(1))).collect();
            deps.extend(steps[..i].iter().rposition(|(other, _)| other == actor)); // its own last
            if i > 0 {
                deps.insert(0);
            }
            let deps: Vec<Hash> = deps.into_iter().map(hash).collect();
            let start_op =
                deps.iter().filter_map(|d| graph.node(graph.find(d)?)).map(|n| n.max_op).max().unwrap_or(0) + 1;
            let actor = if i == 0 { [0xff; 16] } else { [*actor; 16] };
            let new = NewNode { hash: hash(i), actor, log: None, start_op, max_op: start_op, time: 0, deps: &deps };
            graph.push(&new).unwrap();
        }
        graph
    }

    /// The same answer by walking everything.
    fn slow_seen(graph: &Graph, deps: &[u32]) -> Seen {
        let mut seen = vec![0; graph.actors.len()];
        let (mut stack, mut visited) = (deps.to_vec(), BTreeSet::new());
        while let Some(index) = stack.pop() {
            if visited.insert(index) {
                let node = &graph.nodes[index as usize];
                seen[node.actor as usize] = seen[node.actor as usize].max(node.seq as u32);
                stack.extend(&node.deps);
            }
        }
        seen
    }

    proptest! {
        #[test]
        fn what_a_change_has_seen_is_what_a_full_walk_finds(
            steps in prop::collection::vec((0u8..5, prop::collection::vec(0usize..40, 0..3)), 1..120),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
            keep in any::<prop::sample::Index>(),
        ) {
            let mut graph = build(&steps);
            let deps: Vec<u32> = picks.iter().map(|p| p.index(graph.len()) as u32).collect();
            prop_assert_eq!(graph.seen_by(&deps), slow_seen(&graph, &deps));

            // Taking changes away leaves the graph as if they had never come.
            let keep = 1 + keep.index(steps.len());
            graph.truncate(keep);
            let fresh = build(&steps[..keep]);
            prop_assert_eq!(&graph.heads, &fresh.heads);
            prop_assert_eq!(&graph.by_actor, &fresh.by_actor);
            prop_assert_eq!(&graph.by_hash, &fresh.by_hash);
        }
    }
}
