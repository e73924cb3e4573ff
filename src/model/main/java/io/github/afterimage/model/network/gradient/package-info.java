/**
 * Differentiates an ONNX graph in reverse mode: adds the nodes that compute a gradient.
 *
 * <p>A table holds one rule for each operator. A rule emits ONNX nodes that compute the cotangents of a node's inputs from
 * the cotangent of its output. This package uses no other package of the project, and runs no graph.
 *
 * <p>Some functions have points without a derivative. There Relu, LeakyRelu and Clip use the slope below the lower kink (0,
 * alpha, 0), Clip uses 0 at the upper kink, and MaxPool passes the whole cotangent to the first of equal values in its
 * window, in row-major order.
 */
@NullMarked
package io.github.afterimage.model.network.gradient;

import org.jspecify.annotations.NullMarked;
