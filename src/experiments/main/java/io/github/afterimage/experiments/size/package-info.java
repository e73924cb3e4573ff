/** The errors over the number of keys, the paper's Figure 3. */
@NullMarked
package io.github.afterimage.experiments.size;

import org.jspecify.annotations.NullMarked;
