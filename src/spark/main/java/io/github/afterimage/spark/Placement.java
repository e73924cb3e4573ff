package io.github.afterimage.spark;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;

/** Distributes partitions evenly over the executors; Spark alone gives most of them to the executor that starts first. */
final class Placement {
    private Placement() {}

    /** {@return the current executors, named as Spark's preferred locations; none if Spark runs in one process} */
    static List<String> executors(JavaSparkContext context) {
        return CollectionConverters.asJava(context.env().blockManager().master().getMemoryStatus()).keySet().stream()
                .filter(id -> !id.isDriver())
                .map(id -> "executor_" + id.host() + "_" + id.executorId())
                .sorted()
                .toList();
    }

    /** {@return the numbers 0 to count - 1, each in a partition of its own that prefers the next executor} */
    static JavaRDD<Integer> roundRobin(JavaSparkContext context, int count, List<String> executors) {
        List<Tuple2<Integer, Seq<String>>> numbers = IntStream.range(0, count)
                .mapToObj(number -> new Tuple2<>(
                        number,
                        seq(
                                executors.isEmpty()
                                        ? List.<String>of()
                                        : List.of(executors.get(number % executors.size())))))
                .toList();
        return context.sc()
                .makeRDD(seq(numbers), ClassTag.<Integer>apply(Integer.class))
                .toJavaRDD();
    }

    private static <T> Seq<T> seq(List<T> list) {
        return CollectionConverters.asScala(list).toSeq();
    }
}
