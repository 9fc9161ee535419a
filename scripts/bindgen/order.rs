//! Puts functions that resemble each other side by side. gzip looks back 32 KiB and no further, so the copies that
//! generic code leaves all over a module cost it nothing once they are neighbours: a twelfth of what is sent.

use std::collections::HashMap;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload, TypeRef};

/// How far back gzip finds what it has seen.
const WINDOW_BYTES: usize = 32 * 1024;

/// Runs of bytes that are compared; shorter ones are found everywhere.
const RUN_BYTES: usize = 6;

/// What a function has in common counts by its length to this power: between its bytes and its share of them. Found by measuring.
const LENGTH_EXPONENT: f64 = 0.6;

/// A run that more functions have says nothing about which of them are alike.
const RUN_FUNCTIONS_MAX: usize = 400;

/// `wasm` with its functions in another order, which is the same for the same bytes.
pub fn ordered(wasm: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut imported = 0;
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let order = by_likeness(&bodies);
    let mut index = vec![0; order.len()];
    for (place, &function) in order.iter().enumerate() {
        index[function] = imported + u32::try_from(place)?;
    }
    let mut module = Module::new();
    Reorder {
        imported,
        order,
        index,
    }
    .parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}

/// Begins with the longest, and goes on with whichever has the largest part in common with the window before it.
fn by_likeness(bodies: &[&[u8]]) -> Vec<usize> {
    let runs = runs(bodies);
    let mut functions: HashMap<u32, Vec<usize>> = HashMap::new();
    for (function, runs) in runs.iter().enumerate() {
        for &run in runs {
            functions.entry(run).or_default().push(function);
        }
    }
    let functions_of = |run: &u32| functions[run].as_slice();

    let mut shared = vec![0_u32; bodies.len()];
    let mut seen: HashMap<u32, u32> = HashMap::new();
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let mut order: Vec<usize> = Vec::with_capacity(bodies.len());
    let (mut window_from, mut window_bytes) = (0, 0);
    while !left.is_empty() {
        let worth = |function: usize| {
            f64::from(shared[function]) / (bodies[function].len() as f64).powf(LENGTH_EXPONENT)
        };
        let best = (0..left.len()).max_by(|&a, &b| {
            let (a, b) = (left[a], left[b]);
            worth(a)
                .total_cmp(&worth(b))
                .then(bodies[a].len().cmp(&bodies[b].len()))
                .then(b.cmp(&a))
        });
        let next = left.swap_remove(best.unwrap_or_default());
        order.push(next);
        window_bytes += bodies[next].len();
        for run in &runs[next] {
            let count = seen.entry(*run).or_default();
            *count += 1;
            if *count == 1 {
                functions_of(run)
                    .iter()
                    .for_each(|&function| shared[function] += 1);
            }
        }
        while window_bytes > WINDOW_BYTES && window_from + 1 < order.len() {
            let oldest = order[window_from];
            window_from += 1;
            window_bytes -= bodies[oldest].len();
            for run in &runs[oldest] {
                let count = seen.entry(*run).or_default();
                *count -= 1;
                if *count == 0 {
                    functions_of(run)
                        .iter()
                        .for_each(|&function| shared[function] -= 1);
                }
            }
        }
    }
    order
}

/// Of each function the runs that others have, too, each once and by number.
fn runs(bodies: &[&[u8]]) -> Vec<Vec<u32>> {
    let mut numbers: HashMap<&[u8], u32> = HashMap::new();
    let mut counts: Vec<usize> = Vec::new();
    let mut all: Vec<Vec<u32>> = Vec::with_capacity(bodies.len());
    for body in bodies {
        let mut of_body = Vec::with_capacity(body.len());
        for run in body.windows(RUN_BYTES) {
            let number = *numbers.entry(run).or_insert(counts.len() as u32);
            if number as usize == counts.len() {
                counts.push(0);
            }
            of_body.push(number);
        }
        of_body.sort_unstable();
        of_body.dedup();
        of_body.iter().for_each(|&run| counts[run as usize] += 1);
        all.push(of_body);
    }
    for of_body in &mut all {
        of_body.retain(|&run| (2..=RUN_FUNCTIONS_MAX).contains(&counts[run as usize]));
    }
    all
}

/// Writes the module again, each function where `order` has it.
struct Reorder {
    imported: u32,
    order: Vec<usize>,
    /// The new index of each function that is not imported.
    index: Vec<u32>,
}

impl Reencode for Reorder {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(match function.checked_sub(self.imported) {
            Some(own) => self.index[own as usize],
            None => function,
        })
    }

    /// How a load is aligned is a hint that engines leave aside: all say the same.
    fn mem_arg(&mut self, arg: wasmparser::MemArg) -> Result<wasm_encoder::MemArg, Error> {
        let arg = wasm_encoder::reencode::utils::mem_arg(self, arg)?;
        Ok(wasm_encoder::MemArg { align: 0, ..arg })
    }

    fn parse_function_section(
        &mut self,
        to: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types: Vec<u32> = section.into_iter().collect::<Result<_, _>>()?;
        for &function in &self.order {
            to.function(types[function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        to: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        let bodies: Vec<FunctionBody<'_>> = section.into_iter().collect::<Result<_, _>>()?;
        for function in self.order.clone() {
            self.parse_function_body(to, bodies[function].clone())?;
        }
        Ok(())
    }
}
