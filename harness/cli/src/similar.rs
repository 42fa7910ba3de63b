//! «Did you mean …?»

/// How many names are worth showing.
const MOST: usize = 3;

/// The names that a typing error may have meant, nearest first.
pub(crate) fn similar<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let typed = typed.to_lowercase();
    let near = (typed.chars().count() / 3).max(2);
    let mut found: Vec<(usize, &str)> = names
        .filter_map(|name| {
            // A part of a name, such as its last segment, is as good as a slip of the finger.
            let distance = if typed.len() > 3 && name.contains(&typed) { 1 } else { distance(&typed, name) };
            (distance <= near).then_some((distance, name))
        })
        .collect();
    found.sort_unstable();
    found.truncate(MOST);
    found.into_iter().map(|(_, name)| name).collect()
}

/// How many characters must be changed, added or left out to make one text of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        let names = ["as.pkce.right-verifier", "as.pkce.wrong-verifier", "rs.challenge.status"];
        assert_eq!(similar("as.pkce.wrong-verifer", names.into_iter())[0], "as.pkce.wrong-verifier");
        assert_eq!(similar("wrong-verifier", names.into_iter()), ["as.pkce.wrong-verifier"]);
        assert!(similar("something else", names.into_iter()).is_empty());
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
