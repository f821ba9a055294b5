"""What the assistant knows: Markdown and YAML in English and Spanish."""
