-- Schemas by the way of the data (docs/architecture.md). Roles are made by warehouse/roles.py.
create schema raw;
create schema reference;
create schema dq;
create schema ops;
create schema audit;
