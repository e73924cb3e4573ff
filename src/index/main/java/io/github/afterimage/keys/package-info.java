/**
 * Keys in native memory: segments, snapshots, changes, the keys that answer a query, and the sums of the keys of each class.
 *
 * <p>Keys are row-major {@code (size, dim)} of one {@link io.github.afterimage.settings.ElementType}. Full segments never
 * change. A batch of new keys becomes visible to queries at once, after all of it is written.
 */
@NullMarked
package io.github.afterimage.keys;

import org.jspecify.annotations.NullMarked;
