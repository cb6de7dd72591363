"""What scenarios are for.  Modules here read Scenarios and fitted models, and never train one themselves."""
