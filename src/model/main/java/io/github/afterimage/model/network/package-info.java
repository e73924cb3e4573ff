/**
 * Runs trained classifiers, ONNX models, with ONNX Runtime, and returns the activations of their hidden layers.
 *
 * <p>Guarantees: any ONNX classifier with one float32 image input of three channels is accepted, as (batch, 3, height,
 * width) or (batch, height, width, 3). No layer name, size or number of classes is assumed. Softmax is applied only if the
 * model ends in logits.
 *
 * <p>Errors: a wrong setting, layer or image size throws {@link java.lang.IllegalArgumentException}, a missing file
 * {@link java.nio.file.NoSuchFileException}, and a file that is not such a classifier
 * {@link io.github.afterimage.model.network.ModelException}.
 */
@NullMarked
package io.github.afterimage.model.network;

import org.jspecify.annotations.NullMarked;
