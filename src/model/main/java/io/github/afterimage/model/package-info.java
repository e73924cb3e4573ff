/**
 * Classifies images with a network and an index, and differentiates the result. Five programs:
 *
 * <p>Classify an image.
 *
 * <pre>{@code
 * static void classify(Path network, Path cache, Path picture) throws IOException {
 *     try (CacheModel model = CacheModel.open(network, cache)) {
 *         Classification answer = model.classify(Image.read(picture));
 *         for (Classification.Candidate each : answer.best(3)) {
 *             System.out.printf("%s %.3f, network %.3f%n", each.name(), each.probability(), each.network());
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>Build an index of features from anywhere, and query it.
 *
 * <pre>{@code
 * static void build(float[] features, int[] labels, float[] query, Path cache) throws IOException {
 *     int dim = features.length / labels.length;
 *     try (CacheIndex index = new CacheIndexBuilder(dim, 10).type(ElementType.BFLOAT16).build()) {
 *         index.add(features, labels);
 *         Answer.Row answer = index.query(query).row(0);
 *         System.out.println("class " + answer.best() + ", p " + answer.probability(answer.best()));
 *         index.save(cache);
 *     }
 * }
 * }</pre>
 *
 * <p>Explain a decision: which keys speak for the class, and how much.
 *
 * <pre>{@code
 * static void explain(CacheIndex index, float[] features) {
 *     Answer.Row answer = index.query(Query.of(features).neighbors(5)).row(0);
 *     System.out.println(index.classNames().get(answer.best()) + ", because it is like");
 *     for (Neighbor key : answer.neighbors()) {
 *         System.out.printf("%s, %.1f %%%n", key.name(), 100 * key.share());
 *     }
 * }
 * }</pre>
 *
 * <p>Tune an index with examples that are not in it, and save with it how it answers.
 *
 * <pre>{@code
 * static void tune(Path cache, float[] features, float[] network, int[] labels) throws IOException {
 *     try (CacheIndex index = CacheIndex.open(cache)) {
 *         Tuner tuner = Tuner.tune(index, features, network, null, labels);
 *         System.out.println(tuner.networkError() + " -> " + tuner.score(tuner.rule(1), 1).error());
 *         index.files().saveTuned(cache, tuner);
 *     }
 * }
 * }</pre>
 *
 * <p>Serve many callers, each within a second, and refuse the others at once.
 *
 * <pre>{@code
 * static void serve(CacheModel model, BlockingQueue<Image> arriving) throws InterruptedException {
 *     try (ModelBatcher batcher = new ModelBatcher(model, new BatchOptions().maxQueued(100))) {
 *         while (batcher.health().open()) {
 *             ModelQuery query = ModelQuery.of(arriving.take()).within(Duration.ofSeconds(1));
 *             batcher.submit(query)
 *                     .thenAccept(answers -> System.out.println(answers.get(0).name()))
 *                     .exceptionally(failure -> null); // such as a TimeoutException
 *         }
 *     }
 * }
 * }</pre>
 */
@NullMarked
package io.github.afterimage.model;

import org.jspecify.annotations.NullMarked;
