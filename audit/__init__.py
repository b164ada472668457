"""What an auditor takes along: the bundle of documents, each file with its hash."""
