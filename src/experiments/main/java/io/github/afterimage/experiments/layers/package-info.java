/** Each layer alone as key, the paper's Figure 2. */
@NullMarked
package io.github.afterimage.experiments.layers;

import org.jspecify.annotations.NullMarked;
