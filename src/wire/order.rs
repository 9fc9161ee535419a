//! Sorting without a copy of the standard library's for each kind of thing that is sorted: one on numbers of places.

use std::cmp::Ordering;

/// `items` by `compare`; equal ones stay as they were.
pub fn sorted<T>(items: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let places = places(
        items.len(),
        &|one, other| match (items.get(one), items.get(other)) {
            (Some(one), Some(other)) => compare(one, other),
            _ => Ordering::Equal,
        },
    );
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    let taken = places
        .into_iter()
        .filter_map(|place| items.get_mut(place)?.take());
    taken.collect()
}

/// Each of these once, in order.
pub fn distinct<'a, T: AsRef<str> + 'a>(texts: impl IntoIterator<Item = &'a T>) -> Vec<&'a str> {
    let mut texts = sorted(texts.into_iter().map(AsRef::as_ref).collect(), Ord::cmp);
    texts.dedup();
    texts
}

fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    let mut merged = Vec::with_capacity(count);
    let mut run = 1;
    while run < count {
        for pair in places.chunks(2 * run) {
            let (mut one, mut other) = pair.split_at(run.min(pair.len()));
            while let ([first, one_rest @ ..], [second, other_rest @ ..]) = (one, other) {
                if compare(*second, *first).is_lt() {
                    merged.push(*second);
                    other = other_rest;
                } else {
                    merged.push(*first);
                    one = one_rest;
                }
            }
            merged.extend_from_slice(one);
            merged.extend_from_slice(other);
        }
        std::mem::swap(&mut places, &mut merged);
        merged.clear();
        run *= 2;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ones_stay_as_they_were() {
        let items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        let by_number = sorted(items, |one, other| one.0.cmp(&other.0));
        assert_eq!(by_number, [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
        let texts = ["b", "a", "b"].map(str::to_owned);
        assert_eq!(distinct(&texts), ["a", "b"]);
    }
}
