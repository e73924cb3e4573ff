/** How an index stores keys: their number type, how many it keeps, when changes are on the disk, and the kinds of memory. */
@NullMarked
package io.github.afterimage.settings;

import org.jspecify.annotations.NullMarked;
