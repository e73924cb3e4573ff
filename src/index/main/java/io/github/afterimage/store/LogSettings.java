package io.github.afterimage.store;

import io.github.afterimage.Durability;

/** Settings of the log of an index. */
public record LogSettings(Durability durability) {}
