-- Lost: who got what, and the keys that manifests were signed with.
DROP TABLE platform_key, near_prompt, item_grant, content_claim;
