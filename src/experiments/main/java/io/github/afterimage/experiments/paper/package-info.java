/**
 * The paper's experiments on any network and data, and experiments beyond them.
 *
 * <table>
 *   <caption>The experiments</caption>
 *   <tr><th>class</th><th>in the paper</th></tr>
 *   <tr><td>{@link io.github.afterimage.experiments.paper.TableOne}</td><td>Table 1</td></tr>
 *   <tr><td>{@link io.github.afterimage.experiments.layers.LayerSweep}</td><td>Figure 2</td></tr>
 *   <tr><td>{@link io.github.afterimage.experiments.size.SizeSweep}</td><td>Figure 3</td></tr>
 *   <tr><td>{@link io.github.afterimage.experiments.layers.LayerSearch}</td><td>left to future work</td></tr>
 *   <tr><td>{@link io.github.afterimage.experiments.online.OnlineExperiment}</td><td>the cache of Grave et al. (2017), which
 *   the paper follows</td></tr>
 * </table>
 *
 * <p>A {@link io.github.afterimage.experiments.protocol.Split} divides examples in one of two ways. For CIFAR, the last training
 * images are held out: θ and λ are tuned on them while the others are keys, and then they become keys. For folders such as
 * ImageNet's, the validation images are halved: one half tunes, the other is reported on. Nothing is tuned on the examples
 * that are reported on.
 *
 * <p>Each experiment has parts. A {@link io.github.afterimage.experiments.protocol.WorkFolder} keeps the result of every finished
 * part under a name that follows from all of its settings: an interrupted experiment continues, and another setting makes
 * another part. Experiments that repeat also keep reduced features there, so the network runs once.
 */
@NullMarked
package io.github.afterimage.experiments.paper;

import org.jspecify.annotations.NullMarked;
