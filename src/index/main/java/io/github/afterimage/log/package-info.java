/** The log of the changes between two saves: records, writing, replay and salvage. */
@NullMarked
package io.github.afterimage.log;

import org.jspecify.annotations.NullMarked;
