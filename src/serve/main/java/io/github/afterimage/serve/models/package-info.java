/** The models that are served: their inputs, outputs and batches. */
@NullMarked
package io.github.afterimage.serve.models;

import org.jspecify.annotations.NullMarked;
