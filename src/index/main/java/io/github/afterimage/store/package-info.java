/**
 * Where keys live: native memory, segments of keys and their snapshots, and the index file.
 *
 * <p>Keys are row-major {@code (size, dim)} in one {@link io.github.afterimage.ElementType}. A sealed part never
 * changes; new keys go behind it and become visible to queries at once, when their whole batch is in place.
 */
package io.github.afterimage.store;
