/**
 * The paper's experiments on any network and data, and what goes beyond them.
 *
 * <table>
 *   <caption>What there is</caption>
 *   <tr><th>class</th><th>in the paper</th></tr>
 *   <tr><td>{@link io.github.afterimage.experiments.paper.TableOne}</td><td>Table 1</td></tr>
 *   <tr><td>{@link io.github.afterimage.experiments.paper.LayerSweep}</td><td>Figure 2</td></tr>
 *   <tr><td>{@link io.github.afterimage.experiments.paper.SizeSweep}</td><td>Figure 3</td></tr>
 *   <tr><td>{@link io.github.afterimage.experiments.paper.LayerSearch}</td><td>left to future work there</td></tr>
 *   <tr><td>{@link io.github.afterimage.experiments.paper.OnlineExperiment}</td><td>the cache of Grave et al. (2017) that it
 *   follows</td></tr>
 * </table>
 *
 * <p>Examples are divided in one of two ways ({@link io.github.afterimage.experiments.paper.Split}). For CIFAR, the last
 * training images are held out: θ and λ are tuned on them while the others are keys, and then they join the keys. For
 * folders such as ImageNet's, the validation images are halved: one half tunes, the other is reported on. Nothing is
 * tuned on what is reported.
 *
 * <p>Each experiment is made of parts, and a {@link io.github.afterimage.experiments.paper.WorkFolder} keeps the result of
 * every part that is finished under a name that follows from all of its settings: what was interrupted goes on where it
 * was, and what is asked for with another setting is another part. Experiments that repeat (sizes, streams) keep reduced
 * features there as well, so that the network runs once.
 */
package io.github.afterimage.experiments.paper;
