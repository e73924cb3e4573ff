/** Each layer alone as key, the paper's Figure 2, and the search for layers that make a good key together. */
@NullMarked
package io.github.afterimage.experiments.layers;

import org.jspecify.annotations.NullMarked;
