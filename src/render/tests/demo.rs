use super::support::Project;
#[test]
fn demo() {
    let text = std::fs::read_to_string("/tmp/rdev/demo.md")
        .unwrap()
        .replace("```sql", "```sql ")
        .replace("![A picture](p.png \"title\")", "");
    let text = text
        .replace("\ntitle = \"Languages\"\n", "\ntitle = \"Languages\"\nrun=false\nrun_reason=\"only shown\"\n")
        .replace("```toml\n[table]", "```toml\n[table]");
    let project = Project::new(&[("index.md", &text)]);
    project.page("index.html", &[]);
}
