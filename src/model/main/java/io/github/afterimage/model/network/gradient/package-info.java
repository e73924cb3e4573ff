/**
 * Reverse-mode differentiation of an ONNX graph: what is to be added to it so that it also computes a gradient.
 *
 * <p>One rule for each operator, in a table; each says, as ONNX nodes, what a cotangent of the node's output is as
 * cotangents of its inputs. Imports nothing of the project and runs nothing.
 *
 * <p>Where a function has no derivative, one is chosen: Relu, LeakyRelu and Clip take the slope of the side below at the
 * lower kink (0, alpha, 0) and Clip 0 at the upper one; MaxPool hands everything to the first of equal values in its
 * window, in row-major order.
 */
package io.github.afterimage.model.network.gradient;
