package io.pgwatch.core.bloat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pgwatch.core.bloat.BtreeBuild.Item;
import io.pgwatch.core.bloat.Groups.Group;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class GroupsTests {

    private static SortedMap<Integer, Integer> sampled(Map<Integer, Integer> bySize) {
        return new TreeMap<>(bySize);
    }

    private static Groups of(Map<Integer, Integer> sampled, Map<Integer, List<Integer>> found) {
        return Groups.of(sampled(sampled), new TreeMap<>(found), 0, 10);
    }

    @Test
    void rows_of_a_size_that_was_not_looked_up_are_like_those_of_the_nearest() {
        Groups groups = of(Map.of(16, 10, 24, 20, 32, 30, 40, 40, 28, 0), Map.of(16, List.of(1), 40, List.of(5)));

        assertThat(groups.groups())
                .containsExactly(
                        new Group(1, 0.1, 16, false),
                        new Group(1, 0.2, 24, false),
                        new Group(1, 0, 28, false),
                        new Group(5, 0.3, 32, false),
                        new Group(5, 0.4, 40, false));
    }

    @Test
    void one_size_that_was_looked_up_stands_for_smaller_and_larger_ones() {
        assertThat(of(Map.of(16, 1, 40, 1), Map.of(24, List.of(2))).groups())
                .containsExactly(new Group(2, 0.5, 16, false), new Group(2, 0.5, 40, false));
        assertThat(of(Map.of(16, 1), Map.of()).groups()).isEmpty();
    }

    @Test
    void a_group_that_was_not_counted_to_its_end_is_large() {
        assertThat(of(Map.of(16, 1), Map.of(16, List.of(149, 150))).groups())
                .containsExactly(new Group(149, 0.5, 16, false), new Group(1320, 0.5, 16, false));
    }

    @Test
    void rows_with_nothing_but_nulls_are_a_group_where_there_are_any() {
        assertThat(Groups.of(sampled(Map.of(16, 3)), new TreeMap<>(Map.of(16, List.of(1))), 1, 100)
                        .groups())
                .containsExactly(new Group(100, 0.25, 16, true), new Group(1, 0.75, 16, false));
        assertThat(of(Map.of(16, 4), Map.of(16, List.of(1))).groups()).containsExactly(new Group(1, 1, 16, false));
    }

    @Test
    void equal_keys_take_fewer_bytes_a_row() {
        assertThat(new Group(1, 1, 16, false).bytesPerRow()).isEqualTo(20);
        assertThat(new Group(132, 1, 16, false).bytesPerRow()).isCloseTo(812 / 132.0, within(1e-9));
        assertThat(new Group(1_000_000, 1, 16, false).bytesPerRow()).isCloseTo(812 / 132.0, within(1e-9));
    }

    @Test
    void more_lookups_are_wanted_the_more_groups_differ() {
        Groups alike = of(Map.of(16, 100), Map.of(16, List.of(1, 1)));
        assertThat(alike.error()).isZero();
        assertThat(alike.wantedLookups()).isEqualTo(1);

        Groups mixed = of(Map.of(16, 100), Map.of(16, List.of(1, 1, 1, 132)));
        assertThat(mixed.error()).isCloseTo(0.181298, within(1e-6)); // bytes a row: 20, 20, 20 and 6.15
        assertThat(mixed.wantedLookups()).isEqualTo(1315);

        assertThat(of(Map.of(16, 100), Map.of(16, List.of(1, 149))).wantedLookups())
                .as("at most")
                .isEqualTo(1500);
    }

    @Test
    void a_simulated_index_has_all_rows_of_each_group_and_at_last_the_rest_of_one() {
        List<Item> items = new Groups(List.of(new Group(10, 1, 16, false)), 1).simulate();
        assertThat(items).hasSize(3000).allMatch(item -> item.rows() == 10);

        List<Item> rest = new Groups(List.of(new Group(7, 1, 16, false)), 1).simulate();
        assertThat(rest).hasSize(4286).filteredOn(item -> item.rows() != 7).hasSize(1);
        assertThat(rest.stream().mapToInt(Item::rows).sum()).isEqualTo(30_000);
    }

    @Test
    void a_simulated_index_mixes_groups_as_an_index_does() {
        List<Item> items =
                new Groups(List.of(new Group(1, 0.5, 16, false), new Group(10, 0.5, 40, false)), 2).simulate();

        assertThat(items.subList(0, 500)).extracting(Item::rows).contains(1, 10);
    }
}
