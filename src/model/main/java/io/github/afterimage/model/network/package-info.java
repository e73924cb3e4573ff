/**
 * Trained classifiers: ONNX models run by ONNX Runtime, with hidden layers as further outputs.
 *
 * <p>Guarantees: any ONNX classifier with one float32 image input of three channels is accepted, as (batch, 3, height,
 * width) or (batch, height, width, 3); no layer name, size or class count is assumed. Softmax is applied only where the
 * model ends in logits.
 *
 * <p>Errors: a wrong setting, layer or image size is an {@link java.lang.IllegalArgumentException}; a missing file a
 * {@link java.nio.file.NoSuchFileException}; a file that is not such a classifier a
 * {@link io.github.afterimage.model.network.ModelException}.
 */
package io.github.afterimage.model.network;
