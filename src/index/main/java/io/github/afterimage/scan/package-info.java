/** The keys of a pass: filters, tiles, and walks over the rows of a snapshot. */
@NullMarked
package io.github.afterimage.scan;

import org.jspecify.annotations.NullMarked;
