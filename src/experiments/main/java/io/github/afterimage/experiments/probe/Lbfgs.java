package io.github.afterimage.experiments.probe;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;

/**
 * Minimises a smooth convex function by L-BFGS (Liu and Nocedal, 1989), with steps that are halved until the function falls
 * enough (Armijo).
 */
final class Lbfgs {
    private static final int MEMORY = 10;
    private static final double SUFFICIENT = 1e-4;
    private static final int HALVINGS = 20;

    private Lbfgs() {}

    /** A function with its gradient. */
    interface Function {
        /**
         * Returns the value at a point.
         *
         * @param gradient receives the gradient
         */
        double at(double[] point, double[] gradient);
    }

    /** A step and the change of the gradient along it. */
    private record Pair(double[] step, double[] change, double product) {}

    /**
     * Moves a point towards the minimum, until the squared norm of the gradient is small enough, the steps are used up, or
     * rounding hides any further descent.
     *
     * @param point the start; becomes the last point
     */
    static void minimize(Function function, double[] point, double squaredNorm, int maxSteps) {
        Deque<Pair> pairs = new ArrayDeque<>();
        double[] gradient = new double[point.length];
        double value = function.at(point, gradient);
        int steps = 0;
        while (dot(gradient, gradient) > squaredNorm && steps < maxSteps) {
            double[] direction = direction(pairs, gradient);
            double slope = dot(direction, gradient);
            double length = pairs.isEmpty() ? 1 / Math.sqrt(dot(gradient, gradient)) : 1;
            double[] next = new double[point.length];
            double[] nextGradient = new double[point.length];
            double nextValue = moved(function, point, length, direction, next, nextGradient);
            for (int i = 0; i < HALVINGS && !(nextValue <= value + SUFFICIENT * length * slope); i++) {
                length /= 2;
                nextValue = moved(function, point, length, direction, next, nextGradient);
            }
            if (!(nextValue < value)) {
                break;
            }
            add(pairs, minus(next, point), minus(nextGradient, gradient));
            System.arraycopy(next, 0, point, 0, point.length);
            gradient = nextGradient;
            value = nextValue;
            steps++;
        }
    }

    private static double moved(
            Function function, double[] point, double length, double[] direction, double[] next, double[] gradient) {
        System.arraycopy(point, 0, next, 0, point.length);
        add(next, length, direction);
        return function.at(next, gradient);
    }

    private static void add(Deque<Pair> pairs, double[] step, double[] change) {
        double product = dot(step, change);
        if (product > 0) {
            pairs.addLast(new Pair(step, change, product));
            if (pairs.size() > MEMORY) {
                pairs.removeFirst();
            }
        }
    }

    /** Returns the negative gradient times the approximate inverse of the Hessian, by the two loops. */
    private static double[] direction(Deque<Pair> pairs, double[] gradient) {
        double[] direction = Arrays.stream(gradient).map(g -> -g).toArray();
        if (pairs.isEmpty()) {
            return direction;
        }
        Deque<Double> coefficients = new ArrayDeque<>();
        for (Iterator<Pair> newest = pairs.descendingIterator(); newest.hasNext(); ) {
            Pair pair = newest.next();
            double coefficient = dot(pair.step, direction) / pair.product;
            coefficients.push(coefficient);
            add(direction, -coefficient, pair.change);
        }
        Pair last = pairs.getLast();
        double scale = last.product / dot(last.change, last.change);
        for (int i = 0; i < direction.length; i++) {
            direction[i] *= scale;
        }
        for (Pair pair : pairs) {
            double coefficient = coefficients.pop() - dot(pair.change, direction) / pair.product;
            add(direction, coefficient, pair.step);
        }
        return direction;
    }

    private static void add(double[] target, double factor, double[] vector) {
        for (int i = 0; i < target.length; i++) {
            target[i] += factor * vector[i];
        }
    }

    private static double[] minus(double[] a, double[] b) {
        double[] difference = a.clone();
        add(difference, -1, b);
        return difference;
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
