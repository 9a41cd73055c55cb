//! What a snippet did to the database: measured (`Effect`) and promised (`Promise`).
//!
//! Plain data, below the engines that measure it and the pages that show it. Must stay true: counts are exact; the
//! listed rows may be fewer than counted, and then `TableEffect::omitted` says by how many; what differs in volatile
//! columns only is no effect, and is told beside it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::expect::Cell;

/// How many rows differ in volatile columns only, by table and column. A row may count in several columns.
pub type Ignored = BTreeMap<String, BTreeMap<String, usize>>;

/// The difference between two states of a database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The tables whose rows differ, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, TableEffect>,
    /// The schema objects (tables, indexes, views, triggers …) that differ, in order of kind and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schema: Vec<SchemaChange>,
    /// What differs and is no effect, because the configuration names the columns volatile.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ignored: Ignored,
}

/// What happened to the rows of one table.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct TableEffect {
    /// How many rows were added, changed and removed.
    #[serde(flatten)]
    pub counts: Counts,
    /// The table's columns, in order.
    pub columns: Vec<String>,
    /// Those of its primary key, by which rows are the same before and after; empty if it has none.
    #[serde(default, rename = "primary_key")]
    pub key: Vec<String>,
    /// The rows themselves, removed ones first, then changed, then added; the first of them if there are many.
    pub rows: Vec<RowChange>,
}

/// How many rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows that are there only after.
    pub added: usize,
    /// Rows that are there before and after under the same key, with other values.
    pub changed: usize,
    /// Rows that are there only before.
    pub removed: usize,
}

/// One row that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowChange {
    /// It is there only after.
    Added(Vec<Cell>),
    /// The same key with other values.
    Changed {
        /// The row as it was.
        before: Vec<Cell>,
        /// The row as it is.
        after: Vec<Cell>,
    },
    /// It is there only before.
    Removed(Vec<Cell>),
}

/// One schema object that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SchemaChange {
    /// `table`, `index`, `view`, `trigger` …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What happened to it.
    pub change: ObjectChange,
}

/// What happened to a schema object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectChange {
    /// It is there only after.
    Added,
    /// Its definition differs.
    Changed,
    /// It is there only before.
    Removed,
}

impl Serialize for TableEffect {
    /// With how many rows are left out of the listing, so that who reads the list knows that it is one.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Stored<'t> {
            #[serde(flatten)]
            counts: Counts,
            columns: &'t [String],
            primary_key: &'t [String],
            rows: &'t [RowChange],
            omitted: usize,
        }
        let Self { counts, columns, key, rows } = self;
        Stored { counts: *counts, columns, primary_key: key, rows, omitted: self.omitted() }.serialize(serializer)
    }
}

impl Effect {
    /// Whether nothing differs, but for what is ignored.
    pub fn is_none(&self) -> bool {
        self.tables.is_empty() && self.schema.is_empty()
    }

    /// The same with what came to be ignored after it; a row that differs in both is counted in both.
    #[must_use]
    pub fn with_ignored(mut self, later: Ignored) -> Self {
        for (table, columns) in later {
            let known = self.ignored.entry(table).or_default();
            columns.into_iter().for_each(|(column, rows)| *known.entry(column).or_default() += rows);
        }
        self
    }

    /// The effect as the promise that would have foreseen it: how it is shown in one line.
    pub fn promise(&self) -> Promise {
        Promise {
            tables: self.tables.iter().map(|(name, table)| (name.clone(), table.counts)).collect(),
            schema: !self.schema.is_empty(),
        }
    }
}

/// What is ignored, in words: `users.updated_at in 3 rows, events.seen_at in 1 row`.
pub fn ignored_words(ignored: &Ignored) -> String {
    let of_table = |(table, columns): (&String, &BTreeMap<String, usize>)| -> Vec<String> {
        let rows = |rows: usize| if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
        columns.iter().map(|(column, count)| format!("{table}.{column} in {}", rows(*count))).collect()
    };
    ignored.iter().flat_map(of_table).collect::<Vec<_>>().join(", ")
}

impl TableEffect {
    /// How many of the counted rows are not listed in `rows`.
    pub fn omitted(&self) -> usize {
        (self.counts.added + self.counts.changed + self.counts.removed).saturating_sub(self.rows.len())
    }
}

/// What the author says a snippet does: every table not named stays unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The counts of each table that changes.
    pub tables: BTreeMap<String, Counts>,
    /// Whether schema objects change.
    pub schema: bool,
}

impl Promise {
    /// Whether `effect` is what was promised. Table names are compared without regard to case, unless two of them differ
    /// in nothing else.
    pub fn holds(&self, effect: &Effect) -> bool {
        let measured = effect.promise();
        let alike = |name: &str| {
            let mut alike = measured.tables.iter().filter(|(other, _)| other.to_lowercase() == name.to_lowercase());
            alike.next().filter(|_| alike.next().is_none()).map(|(_, counts)| counts)
        };
        let of = |name: &String| measured.tables.get(name).or_else(|| alike(name));
        self.schema == measured.schema
            && self.tables.len() == measured.tables.len()
            && self.tables.iter().all(|(name, counts)| of(name) == Some(counts))
    }

    /// Parses the value of the word `effect`: `none`, or `T +1 ~2 -3, U -1` with `schema` as one of the items.
    ///
    /// Errors say what is wrong in words for the author.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim() == "none" {
            return Ok(Self::default());
        }
        let mut promise = Self::default();
        for item in text.split(',') {
            let mut words = item.split_whitespace();
            let name = words.next().ok_or("an item between two commas is empty")?;
            let changes: Vec<&str> = words.collect();
            if name == "schema" && changes.is_empty() {
                promise.schema = true;
                continue;
            }
            if name == "none" {
                return Err("`none` stands alone".into());
            }
            if name.starts_with(['+', '-', '~']) {
                return Err(format!("`{name}` has no table before it"));
            }
            let mut counts = Counts::default();
            if changes.is_empty() {
                return Err(format!("`{name}` has no count: write `{name} +1`, `~1` or `-1`"));
            }
            for change in changes {
                let (slot, digits) = match change.split_at_checked(1) {
                    Some(("+", digits)) => (&mut counts.added, digits),
                    Some(("~", digits)) => (&mut counts.changed, digits),
                    Some(("-", digits)) => (&mut counts.removed, digits),
                    _ => {
                        return Err(format!(
                            "`{change}` is not a count: write `+1` (added), `~1` (changed) or `-1` (removed)"
                        ));
                    }
                };
                let count: usize = digits.parse().ok().filter(|&n| n > 0).ok_or_else(|| {
                    format!("`{change}` is not a count above 0; a table that does not change is left out")
                })?;
                if std::mem::replace(slot, count) != 0 {
                    return Err(format!("`{name}` has two counts of the same sign"));
                }
            }
            // Tables are compared without regard to case, so two spellings would be one promise lost.
            if promise.tables.keys().any(|other| other.to_lowercase() == name.to_lowercase()) {
                return Err(format!("`{name}` is named twice"));
            }
            promise.tables.insert(name.to_owned(), counts);
        }
        Ok(promise)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = [('+', self.added), ('~', self.changed), ('-', self.removed)]
            .into_iter()
            .filter(|&(_, count)| count > 0)
            .map(|(sign, count)| format!("{sign}{count}"))
            .collect();
        f.write_str(&parts.join(" "))
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut items: Vec<String> = self.tables.iter().map(|(name, counts)| format!("{name} {counts}")).collect();
        if self.schema {
            items.push("schema".into());
        }
        if items.is_empty() { f.write_str("none") } else { f.write_str(&items.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_read_as_they_are_written() {
        for text in ["none", "architectures -1", "T +1 ~2 -3, U -1, schema", "schema"] {
            assert_eq!(Promise::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Promise::parse(" T  +1 , U -2 ").unwrap().to_string(), "T +1, U -2");
    }

    #[test]
    fn what_promises_nothing_is_refused() {
        for (text, why) in [
            ("T", "`T` has no count"),
            ("T +0", "not a count above 0"),
            ("T 1", "is not a count"),
            ("T +1 +2", "two counts of the same sign"),
            ("T +1, T -1", "named twice"),
            ("T +1, t -1", "named twice"),
            ("+1", "no table before it"),
            ("T +1,", "is empty"),
            ("none, T +1", "stands alone"),
        ] {
            let error = Promise::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
