/** What pgwatch does while something breaks: faults that really happen, and a soak that mixes them. */
package io.pgwatch.reliability;
