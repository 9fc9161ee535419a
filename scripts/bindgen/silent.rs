//! Leaves out where a future is that was asked again after its end. No executor does that, and 400 functions each say where
//! they are: 4 KB of gzip. It traps all the same.

use std::collections::HashMap;

use walrus::ir::{Const, Instr, Unreachable, Value, VisitorMut, dfs_pre_order_mut};
use walrus::{ConstExpr, DataKind, FunctionId, Module};

/// What such a function calls with its place.
const ASKED_AGAIN: &str = "panic_const_async_fn_resumed";

/// Of where a panic was: a file's address and length, line and column.
const PLACE_BYTES: usize = 16;

/// Makes such functions of `module` trap without their place.
pub fn silence(module: &mut Module) {
    let is_asked_again = |function: &&walrus::Function| {
        function
            .name
            .as_deref()
            .is_some_and(|name| name.contains(ASKED_AGAIN))
    };
    let mut calls = Calls {
        to: module
            .funcs
            .iter()
            .filter(|function| is_asked_again(function))
            .map(|function| function.id())
            .collect(),
        ..Calls::default()
    };
    for (_, function) in module.funcs.iter_local_mut() {
        let entry = function.entry_block();
        dfs_pre_order_mut(&mut calls, function, entry);
    }
    for (place, removed) in &calls.places {
        // What is an address elsewhere may be read there.
        if calls.constants.get(place) == Some(removed) {
            clear(module, *place);
        }
    }
}

#[derive(Default)]
struct Calls {
    to: Vec<FunctionId>,
    /// How often each constant stands in the code, and how often as the place of a call that is left out.
    constants: HashMap<i32, usize>,
    places: HashMap<i32, usize>,
}

impl VisitorMut for Calls {
    fn start_instr_seq_mut(&mut self, seq: &mut walrus::ir::InstrSeq) {
        let mut at = 0;
        while at < seq.instrs.len() {
            let place = match &seq.instrs[at].0 {
                Instr::Const(Const {
                    value: Value::I32(place),
                }) => *place,
                _ => {
                    at += 1;
                    continue;
                }
            };
            *self.constants.entry(place).or_default() += 1;
            let is_left_out = matches!(seq.instrs.get(at + 1), Some((Instr::Call(call), _)) if self.to.contains(&call.func));
            if is_left_out {
                *self.places.entry(place).or_default() += 1;
                seq.instrs.truncate(at);
                seq.instrs.push((Unreachable {}.into(), Default::default()));
            }
            at += 1;
        }
    }
}

fn clear(module: &mut Module, place: i32) {
    let ids: Vec<_> = module.data.iter().map(|data| data.id()).collect();
    for id in ids {
        let data = module.data.get_mut(id);
        let DataKind::Active {
            offset: ConstExpr::Value(Value::I32(offset)),
            ..
        } = data.kind
        else {
            continue;
        };
        let from = usize::try_from(place - offset).unwrap_or(usize::MAX);
        let end = from.saturating_add(PLACE_BYTES);
        if let Some(bytes) = data.value.get_mut(from..end) {
            bytes.fill(0);
        }
    }
}
